"""A case manager: who books specialists for a company (CM-02)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from portico_errors.casemanager import CompanyInactive

from casemanager.companies.domain import Company
from casemanager.companies.domain import Status as CompanyStatus
from casemanager.logins.domain import Login
from chassis.errors import FieldViolation, InvalidArgument


class AccountStatus(IntEnum):
    """Whether the person can be put on a case or a request; the numbers are the contract's."""

    ACTIVE = 1
    INACTIVE = 2


TEXTS = (
    *("title", "given_name", "family_name", "position", "email", "phone", "mobile"),
    *("suburb", "postcode", "state", "language", "note"),
)
IDS = ("business_unit_id", "responsible_staff_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseManager:
    """A person of a company. `suspends_login` when their login went with their deactivation, and comes back with it."""

    org_id: UUID
    id: UUID
    company_id: UUID
    business_unit_id: UUID | None = None
    title: str = ""
    given_name: str = ""
    family_name: str = ""
    position: str = ""
    email: str = ""
    phone: str = ""
    mobile: str = ""
    suburb: str = ""
    postcode: str = ""
    state: str = ""
    language: str = "en"
    contact_verify_time: datetime | None = None
    contact_verifier_id: UUID | None = None
    responsible_staff_id: UUID | None = None
    note: str = ""
    account_status: AccountStatus = AccountStatus.ACTIVE
    suspends_login: bool = False
    create_time: datetime
    update_time: datetime
    version: int
    company_name: str = ""
    login: Login | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What staff write: texts in their one form and ids by field, and whether the contact was verified and by whom."""

    texts: Mapping[str, str]
    ids: Mapping[str, UUID | None]
    is_verified: bool | None
    verifier_id: UUID | None


def new_case_manager(company: Company, written: Written, *, id: UUID, now: datetime) -> CaseManager:  # noqa: A002
    """A person as they are entered; raises CompanyInactive."""
    if company.status is CompanyStatus.INACTIVE:
        raise CompanyInactive()
    person = CaseManager(
        org_id=company.org_id,
        id=id,
        company_id=company.id,
        company_name=company.name,
        create_time=now,
        update_time=now,
        version=1,
    )
    return _with(person, written, now)


def update_case_manager(person: CaseManager, written: Written, now: datetime) -> CaseManager:
    """Writes what staff say of a person; the address of a login stays."""
    return replace(_with(person, written, now), update_time=now, version=person.version + 1)


def _with(person: CaseManager, written: Written, now: datetime) -> CaseManager:
    changed = replace(person, **written.texts, **written.ids)
    if not changed.given_name and not changed.family_name:
        violation = FieldViolation(
            "case_manager.given_name", "NAME_MISSING", "Enter a name.", localized={"es": "Escriba un nombre."}
        )
        raise InvalidArgument(violations=[violation])
    if written.is_verified is None:
        return changed
    verified = (now, written.verifier_id) if written.is_verified else (None, None)
    return replace(changed, contact_verify_time=verified[0], contact_verifier_id=verified[1])
