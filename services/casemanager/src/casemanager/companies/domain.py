"""A company: a customer of the provider, to which case managers belong."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A customer of the provider; `name_key` is its name with the case folded: what is unique, and the order."""

    org_id: UUID
    id: UUID
    name: str
    name_key: str
    create_time: datetime
    version: int


def new_company(name: str, *, org_id: UUID, company_id: UUID, now: datetime) -> Company:
    """A company as it is entered."""
    return Company(
        org_id=org_id,
        id=company_id,
        name=name.strip(),
        name_key=name.strip().casefold(),
        create_time=now,
        version=1,
    )
