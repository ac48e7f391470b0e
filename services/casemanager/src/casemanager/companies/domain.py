"""A company: a customer of the provider, to which case managers belong."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from typing import Any
from uuid import UUID


class Status(IntEnum):
    """Whether anything new is taken for a company; the numbers are the contract's."""

    ACTIVE = 1
    INACTIVE = 2


TEXTS = ("name", "business_type", "email", "phone", "address", "booking_email", "report_email")
"""What staff write of a company."""
IDS = ("responsible_staff_id", "main_contact_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A customer of the provider; `name_key` is its name with the case folded: what is unique, and the order.

    `main_contact_id` is one of its case managers, who may be out of service by now.
    """

    org_id: UUID
    id: UUID
    name: str
    name_key: str
    status: Status
    business_type: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    booking_email: str = ""
    report_email: str = ""
    responsible_staff_id: UUID | None = None
    main_contact_id: UUID | None = None
    create_time: datetime
    update_time: datetime
    version: int


def name_key(name: str) -> str:
    """What of a name is unique, and the order of lists."""
    return name.casefold()


def new_company(name: str, *, org_id: UUID, company_id: UUID, now: datetime) -> Company:
    """A company as it is entered."""
    return Company(
        org_id=org_id,
        id=company_id,
        name=name,
        name_key=name_key(name),
        status=Status.ACTIVE,
        create_time=now,
        update_time=now,
        version=1,
    )


@dataclass(frozen=True, slots=True)
class CompanyUpdate:
    """What to write: texts in their one form and ids, by field."""

    texts: Mapping[str, str]
    ids: Mapping[str, UUID | None] = field(default_factory=dict)


def update_company(company: Company, update: CompanyUpdate, now: datetime) -> Company:
    """Writes what staff say of a company."""
    written: dict[str, Any] = {**update.texts, **update.ids}
    changed = replace(company, **written)
    return _changed(replace(changed, name_key=name_key(changed.name)), now)


def set_status(company: Company, status: Status, now: datetime) -> Company:
    """Takes new things for a company, or no longer; twice is as once."""
    return _changed(replace(company, status=status), now)


def _changed(company: Company, now: datetime) -> Company:
    return replace(company, update_time=now, version=company.version + 1)
