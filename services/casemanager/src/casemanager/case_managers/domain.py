"""A case manager: who books specialists for a company (CM-02)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from typing import Any
from uuid import UUID

from portico_errors.casemanager import CompanyFixed, CompanyInactive

from casemanager.companies.domain import Company
from casemanager.companies.domain import Status as CompanyStatus
from casemanager.history.domain import Kind
from casemanager.logins.domain import KnownLogin, Login, LoginAction, Offer, disabled, enabled, is_enabled
from casemanager.shared.names import name_missing
from casemanager.tasks.domain.task import State as TaskState
from casemanager.tasks.domain.task import Task
from casemanager.value_lists.domain import check_listed
from chassis.etags import as_seen


class AccountStatus(IntEnum):
    """Whether the person can be put on a case or a request; the numbers are the contract's."""

    ACTIVE = 1
    INACTIVE = 2


class ConsentSource(IntEnum):
    """Who said whether the person wants offers and news; the numbers are the contract's."""

    STAFF = 1
    PROFILE = 2
    """The person themselves."""


TEXTS = (
    *("title", "given_name", "family_name", "position", "email", "phone", "mobile"),
    *("suburb", "postcode", "state", "language", "time_zone", "note"),
)
"""What staff write of a person."""
IDS = ("business_unit_id", "responsible_staff_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseManager:
    """A person of a company. `suspends_login` when their login went with their deactivation, and comes back with it.

    `time_zone` is an IANA name; empty: the organization's. `promotions_consent_time` is when the consent was given or
    withdrawn; None: nobody has said. `created_by` is the account of who entered them. `open_tasks` counts those about
    them and for them.
    """

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
    time_zone: str = ""
    contact_verify_time: datetime | None = None
    contact_verifier_id: UUID | None = None
    promotions_consent: bool = False
    promotions_consent_time: datetime | None = None
    promotions_consent_source: ConsentSource | None = None
    responsible_staff_id: UUID | None = None
    note: str = ""
    account_status: AccountStatus = AccountStatus.ACTIVE
    suspends_login: bool = False
    created_by: UUID | None = None
    create_time: datetime
    update_time: datetime
    version: int
    company_name: str = ""
    company_status: CompanyStatus = CompanyStatus.ACTIVE
    login: Login | None = None
    offer: Offer | None = None
    open_task: Task | None = None
    open_tasks: int = 0

    @property
    def known_login(self) -> KnownLogin:
        """All that is known of the login."""
        return KnownLogin(login=self.login, offer=self.offer)

    @property
    def is_active(self) -> bool:
        """Whether the person can be put on a case or a request."""
        return self.account_status is AccountStatus.ACTIVE

    def login_actions(self, now: datetime) -> Iterator[LoginAction]:
        """What staff can do about the login now, the first one first."""
        return self.known_login.allowed(now, has_email=bool(self.email), is_active=self.is_active)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSummary:
    """Who a case manager is where they are put on something: their name, and whether they and their company are active.

    `business_unit_id` is the unit of now.
    """

    id: UUID
    name: str
    company_id: UUID
    company_name: str
    company_status: CompanyStatus
    account_status: AccountStatus
    business_unit_id: UUID | None

    @property
    def is_active(self) -> bool:
        """Whether the person can be put on a case or a request."""
        return self.account_status is AccountStatus.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferLink:
    """The secret of a new offer: how it is known here, and sealed for its message."""

    token_hash: bytes
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A person as a command left them, and what follows. `kind` is None when nothing changed.

    `commands_login`: identity is told how the login shall stand. `left_company_id` is where they were before, in case
    they were its main contact. `offer` is to be written; `link` and `replaces` are of
    a new one and the one before. `opens_task` is to enable the login, `closes_task` how the one that
    is open ends.
    """

    person: CaseManager
    kind: Kind | None
    detail: str = ""
    by_person: bool = False
    commands_login: bool = False
    left_company_id: UUID | None = None
    offer: Offer | None = None
    link: OfferLink | None = None
    replaces: UUID | None = None
    opens_task: Task | None = None
    closes_task: TaskState | None = None

    @property
    def outcome(self) -> CaseManager:
        """The person with the number of tasks that are open afterwards."""
        closed = self.closes_task is not None and self.person.open_task is not None
        opened = self.opens_task is not None
        return replace(self.person, open_tasks=self.person.open_tasks + opened - closed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is written of a person: texts in their one form and ids by field.

    And whether the contact was verified, and whether they want offers and news; None: nothing is said of it. `listed`
    are the positions that can be chosen, `etag` is of the version that was seen. `company` is where they shall belong;
    `is_party`: they have a part in a case.
    """

    texts: Mapping[str, str]
    ids: Mapping[str, UUID | None] = field(default_factory=dict)
    is_verified: bool | None = None
    promotions_consent: bool | None = None
    writer_id: UUID | None = None
    by_person: bool = False
    listed: frozenset[str] = frozenset()
    etag: str = ""
    company_id: UUID | None = None
    company: Company | None = None
    is_party: bool = False


def new_case_manager(company: Company, written: Written, *, person_id: UUID, now: datetime) -> Change:
    """A person as they are entered; raises CompanyInactive, or ValueNotListed for the position."""
    _require_active(company.status)
    person = CaseManager(
        org_id=company.org_id,
        id=person_id,
        company_id=company.id,
        company_name=company.name,
        created_by=written.writer_id,
        create_time=now,
        update_time=now,
        version=1,
    )
    return Change(person=_with(person, written, now), kind=Kind.CREATED)


def update_case_manager(person: CaseManager, written: Written, now: datetime) -> Change:
    """Writes what is said of a person; the address of a login stays.

    Raises ValueNotListed for a new position, CompanyFixed or CompanyInactive for another company; that a case or a
    booking is theirs, the save says.
    """
    changed = _with(_moved(as_seen(person, written.etag), written), written, now)
    names = [name for name in ("company_id", *TEXTS, *IDS) if getattr(changed, name) != getattr(person, name)]
    if changed.contact_verify_time != person.contact_verify_time:
        names.append("contact_verified")
    if changed.promotions_consent is not person.promotions_consent:
        names.append(f"promotions_consent_{'given' if changed.promotions_consent else 'withdrawn'}")
    return Change(
        person=next_version(changed, now),
        kind=Kind.UPDATED if names else None,
        detail=",".join(names),
        by_person=written.by_person,
        left_company_id=person.company_id if changed.company_id != person.company_id else None,
    )


def deactivate(person: CaseManager, _: None, now: datetime) -> Change:
    """Takes a person out of service, and their login with them; one who is out stays so."""
    if not person.is_active:
        return unchanged(person, now)
    out = replace(person, account_status=AccountStatus.INACTIVE)
    has_login = person.login is not None and is_enabled(person.login)
    if person.login is not None and has_login:
        out = replace(out, login=disabled(person.login, now), suspends_login=True)
    return Change(
        person=next_version(out, now), kind=Kind.DEACTIVATED, commands_login=has_login, closes_task=TaskState.CANCELLED
    )


def activate(person: CaseManager, _: None, now: datetime) -> Change:
    """Undoes `deactivate`: a login that went with it comes back, under its address. Raises CompanyInactive."""
    if person.is_active:
        return unchanged(person, now)
    _require_active(person.company_status)
    back = replace(person, account_status=AccountStatus.ACTIVE, suspends_login=False)
    comes_back = person.suspends_login and person.login is not None
    if person.login is not None and comes_back:
        back = replace(back, login=enabled(person.login, username=person.login.username, now=now))
    return Change(person=next_version(back, now), kind=Kind.ACTIVATED, commands_login=comes_back)


def unchanged(person: CaseManager, now: datetime) -> Change:
    """What was asked for is so already."""
    return Change(person=next_version(person, now), kind=None)


def next_version(person: CaseManager, now: datetime) -> CaseManager:
    """The person as the next save leaves them."""
    return replace(person, update_time=now, version=person.version + 1)


def _require_active(status: CompanyStatus) -> None:
    if status is CompanyStatus.INACTIVE:
        raise CompanyInactive()


def _moved(person: CaseManager, written: Written) -> CaseManager:
    """The person in another company, of no unit yet."""
    company = written.company
    if company is None or company.id == person.company_id:
        return person
    _require_active(company.status)
    if written.is_party:
        raise CompanyFixed()
    return replace(
        person,
        company_id=company.id,
        company_name=company.name,
        company_status=company.status,
        business_unit_id=None,
    )


def _with(person: CaseManager, written: Written, now: datetime) -> CaseManager:
    position = {"case_manager.position": written.texts.get("position", "")}
    check_listed(position, listed=written.listed, kept=(person.position,))
    written_values: dict[str, Any] = {**written.texts, **written.ids}
    changed = replace(person, **written_values)
    if not changed.given_name and not changed.family_name:
        raise name_missing("case_manager.given_name")
    return _consenting(_verified(changed, written, now), written, now)


def _verified(person: CaseManager, written: Written, now: datetime) -> CaseManager:
    """A tick that is there keeps its time and who set it."""
    was_verified = person.contact_verify_time is not None
    if written.is_verified is None or written.is_verified is was_verified:
        return person
    verified = (now, written.writer_id) if written.is_verified else (None, None)
    return replace(person, contact_verify_time=verified[0], contact_verifier_id=verified[1])


def _consenting(person: CaseManager, written: Written, now: datetime) -> CaseManager:
    """What was said already keeps its time; that nobody has said anything is no refusal."""
    if written.promotions_consent is None or written.promotions_consent is person.promotions_consent:
        return person
    return replace(
        person,
        promotions_consent=written.promotions_consent,
        promotions_consent_time=now,
        promotions_consent_source=ConsentSource.PROFILE if written.by_person else ConsentSource.STAFF,
    )
