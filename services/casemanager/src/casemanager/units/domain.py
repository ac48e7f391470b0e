"""A business unit: a part of a company."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from casemanager.companies.domain import Company, name_key


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessUnit:
    """A part of a company; its name is unique there, whatever the case."""

    org_id: UUID
    id: UUID
    company_id: UUID
    name: str
    name_key: str
    create_time: datetime
    version: int


def new_unit(company: Company, name: str, *, unit_id: UUID, now: datetime) -> BusinessUnit:
    """A unit as it is entered."""
    return BusinessUnit(
        org_id=company.org_id,
        id=unit_id,
        company_id=company.id,
        name=name,
        name_key=name_key(name),
        create_time=now,
        version=1,
    )


def rename(unit: BusinessUnit, name: str, _: datetime) -> BusinessUnit:
    """Gives it another name."""
    return replace(unit, name=name, name_key=name_key(name), version=unit.version + 1)
