"""What becomes of a row of invitations: the decision of a single one, seen from a batch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from portico_errors.applications import InvitedJustNow, MethodMissing

from applications.application.domain.application import Application, Guardian
from applications.application.domain.decision import Decision
from applications.application.domain.invitation import Keys, Method
from applications.application.domain.link_state import Action, LinkState, link_state
from applications.batches.domain.batch import MAX_SAME_CONTACT, Outcome
from applications.batches.domain.typos import meant_domain
from applications.invitations.domain import Invite, invite

NO_KEYS = Keys(token_hash=b"", code_hash=b"", sealed=b"")
"""Of an invitation that is only thought of."""

_NEVER = {LinkState.LINKED: Outcome.SKIPPED_LINKED, LinkState.NO_CONTACT: Outcome.SKIPPED_NO_CONTACT}
_LABELS = {LinkState.NOT_INVITED: Action.INVITE}
"""Every other state that can be invited is invited once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How guardians are invited: `method` None is each one's preferred, `expire_days` None as the organization says."""

    method: Method | None
    reissue_live: bool
    expire_days: int | None


AS_PREFERRED = Options(method=None, reissue_live=False, expire_days=None)
"""Each guardian in their preferred way; live invitations are left alone."""


def judge(
    application: Application, guardian: Guardian, options: Options, *, invitation_id: UUID, keys: Keys, now: datetime
) -> Decision | Outcome:
    """The decision to invite a guardian, or why they are skipped."""
    state = link_state(guardian, now)
    if state in _NEVER:
        return _NEVER[state]
    if state is LinkState.INVITED and not options.reissue_live:
        return Outcome.SKIPPED_LIVE
    command = Invite(
        label=_LABELS.get(state, Action.REINVITE),
        invitation_id=invitation_id,
        keys=keys,
        guardian_id=guardian.id,
        method=options.method,
        expire_days=options.expire_days,
    )
    try:
        return invite(application, command, now)
    except MethodMissing:
        return Outcome.SKIPPED_METHOD_MISSING
    except InvitedJustNow:
        return Outcome.SKIPPED_LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A row of a preview: `contact_hash` and `method` are there if it is PENDING, or a duplicate.

    `turn` is how many rows before it have the same contact; `duplicate_of` is the application whose row has.
    """

    position: int
    application_id: UUID
    guardian_id: UUID
    outcome: Outcome
    method: Method | None = None
    contact_hash: bytes | None = None
    turn: int = 0
    duplicate_of: UUID | None = None
    failed_before: bool = False
    suggested_domain: str = ""
    language: str = ""


@dataclass(slots=True)
class Contacts:
    """Which rows of a batch have which contact, by its hash: the applications of those that are PENDING, in order."""

    applications: dict[bytes, list[UUID]] = field(default_factory=dict)

    @classmethod
    def of(cls, known: Iterable[tuple[bytes, UUID]]) -> "Contacts":
        """Those of earlier rows."""
        contacts = cls()
        for contact_hash, application_id in known:
            contacts.applications.setdefault(contact_hash, []).append(application_id)
        return contacts

    def take(self, contact_hash: bytes, application_id: UUID) -> tuple[int, UUID | None]:
        """The turn of the next row with a contact, or (0, the application whose row stands in its way).

        The second guardian of an application with the same contact is in the way, and so is a sixth row.
        """
        before = self.applications.setdefault(contact_hash, [])
        if application_id in before:
            return 0, application_id
        if len(before) >= MAX_SAME_CONTACT:
            return 0, before[0]
        before.append(application_id)
        return len(before) - 1, None


def plan(
    position: int, application: Application, guardian: Guardian, judged: Decision | Outcome, contact_hash: bytes | None
) -> Planned:
    """The row of a preview, before others with the same contact are looked at; a decision has a `contact_hash`."""
    if isinstance(judged, Outcome):
        return Planned(position=position, application_id=application.id, guardian_id=guardian.id, outcome=judged)
    assert judged.invited is not None  # noqa: S101 (that is what was decided)
    invitation = judged.invited.invitation
    is_email = invitation.method is Method.EMAIL
    failure_time = guardian.email_failure_time if is_email else guardian.phone_failure_time
    return Planned(
        position=position,
        application_id=application.id,
        guardian_id=guardian.id,
        outcome=Outcome.PENDING,
        method=invitation.method,
        contact_hash=contact_hash,
        failed_before=failure_time is not None,
        suggested_domain=meant_domain(invitation.contact) if is_email else "",
        language=guardian.language,
    )


def message_facts(rows: Iterable[Planned]) -> Mapping[str, int]:
    """What the messages of rows are, as counts: `emails`, `texts`, `texts:<language>`, `repeated`, `failed_before`,
    `mistyped`; a contact is repeated when it gets its second message.
    """
    facts: dict[str, int] = {}
    for row in rows:
        if row.outcome is not Outcome.PENDING:
            continue
        told = {
            "emails": row.method is Method.EMAIL,
            "texts": row.method is Method.SMS,
            f"texts:{row.language}": row.method is Method.SMS,
            "repeated": row.turn == 1,
            "failed_before": row.failed_before,
            "mistyped": bool(row.suggested_domain),
        }
        for name, holds in told.items():
            if holds:
                facts[name] = facts.get(name, 0) + 1
    return facts
