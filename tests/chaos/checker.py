"""Replays a history against what the databases and the providers hold: one effect for each accepted command."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from uuid import UUID

from chassis.testing.eventually import eventually
from services.notifications.tests.servers import body, parsed
from tests.chaos.scene import Scene
from tests.chaos.workload import REVOKE, History
from tests.e2e.kept import kept

_LINES = {2: "invited line", 4: "sent line", 11: "revoked line"}
"""By kind of timeline line: the contract's numbers."""
SENT, CANCELLED = 3, 8
"""States of messages: the contract's numbers."""
_SETTLED_SECONDS = 60.0
_SECRET = re.compile(
    r"(?<=/i/)[\w-]+|(?<=/reset/)[\w-]+|(?<=/activate/)[\w-]+|\b[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}\b"
)
_WORD = re.compile(r"[\w-]{10,}")


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of a history.

    `copies` are further handings-over of one email, by its Message-ID; `unrecorded` are those of a message that was
    superseded before anybody knew that the provider had taken it: only a sender that dies leaves such behind.
    """

    commands: int
    calls: int
    effects: int
    lost: int
    double: int
    copies: int
    unrecorded: int
    foreign: int
    wrong: str = field(default="", compare=False)
    """Which effects of whom were lost or double."""

    def as_columns(self) -> dict[str, int]:
        """By name, for the table at the end."""
        return {name: value for name, value in asdict(self).items() if isinstance(value, int)}


Effects = Counter[tuple[str, str]]


async def attempt_result(scene: Scene, history: History, *, meanwhile: Callable[[], object]) -> Figures:
    """Wait until all is quiet, doing something before each look, then count."""

    def is_quiet() -> bool:
        meanwhile()
        unsettled = _unsettled(scene)
        assert not unsettled, unsettled
        return True

    await eventually(is_quiet, timeout=_SETTLED_SECONDS)
    return counted(scene, history)


def counted(scene: Scene, history: History) -> Figures:
    """The figures as they are now."""
    expected: Effects = Counter()
    observed: Effects = Counter()
    _expect(expected, history)
    _observe(observed, expected, scene, history)
    copies, unrecorded = _deliveries(observed, expected, scene, history)
    lost, double = expected - observed, observed - expected
    return Figures(
        commands=history.commands,
        calls=history.calls,
        effects=observed.total(),
        lost=lost.total(),
        double=double.total(),
        copies=copies,
        unrecorded=unrecorded,
        foreign=_foreign_answers(history),
        wrong=f"lost {dict(lost)}, double {dict(double)}" if lost or double else "",
    )


def _unsettled(scene: Scene) -> str:
    """An event that has not reached who reads it, a message that has not come to its end; empty when all is quiet."""
    # In the order in which one leads to the next: what is done with all before it gets nothing more.
    return (
        unread(scene, "applications", "notifications", "MessageRequest")
        or _due(scene)
        or unread(scene, "notifications", "applications", "MessageEvent")
    )


def unread(scene: Scene, service: str, reader: str, kind: str) -> str:
    """How many events of that kind a service has for somebody who has not read them; empty when there are none."""
    if waiting := scene.rows(service, "SELECT id FROM outbox WHERE publish_time IS NULL"):
        return f"{len(waiting)} events of {service} are not published"
    made = scene.rows(service, "SELECT id FROM outbox WHERE type LIKE %s", f"%.{kind}")
    unread = set(made) - set(scene.rows(reader, "SELECT event_id FROM inbox"))
    return f"{len(unread)} events of {service} have not reached {reader}" if unread else ""


def _due(scene: Scene) -> str:
    due = scene.rows("notifications", "SELECT state, due_time FROM messages WHERE due_time IS NOT NULL")
    return f"{len(due)} messages are due: {due[0]}" if due else ""


def _expect(expected: Effects, history: History) -> None:
    for family in history.families:
        contact, invitations = family.contact, family.invitations
        expected[contact, "application"] = 1
        expected[contact, "revoked line"] = family.done.count(REVOKE)
        for effect in ("invitation", "invited line", "message", "message with an end"):
            expected[contact, effect] = invitations


def _observe(observed: Effects, expected: Effects, scene: Scene, history: History) -> None:
    """Adds what is stored; how often something was sent decides what else must be."""
    contacts = [family.contact for family in history.families]
    rows = scene.rows("applications", "SELECT email, phone FROM guardians WHERE ARRAY[email, phone] && %s", contacts)
    observed.update((email or phone, "application") for email, phone in rows)
    contact_of = {UUID(family.application_id): family.contact for family in history.families}
    lines = scene.rows(
        "applications", "SELECT application_id, kind FROM timeline WHERE application_id = ANY(%s)", list(contact_of)
    )
    observed.update((contact_of[application], _LINES[kind]) for application, kind in lines if kind in _LINES)
    made = scene.rows(
        "applications",
        "SELECT id, application_id, outcome FROM invitations WHERE application_id = ANY(%s)",
        list(contact_of),
    )
    invited = {f"invitations/{invitation}": contact_of[application] for invitation, application, _ in made}
    standing = {f"invitations/{invitation}" for invitation, _, outcome in made if outcome is None}
    observed.update((contact, "invitation") for contact in invited.values())
    expected.update((invited[reference], "standing one sent") for reference in standing)
    for reference, state in scene.rows(
        "notifications", "SELECT reference, state FROM messages WHERE reference = ANY(%s)", list(invited)
    ):
        contact = invited[reference]
        observed[contact, "message"] += 1
        observed[contact, "message with an end"] += state in (SENT, CANCELLED)
        if state == SENT:
            # The invitation that stands now was sent, whatever became of those before it.
            observed[contact, "standing one sent"] += reference in standing
            expected[contact, "sent line"] += 1
            expected[contact, "delivery"] += 1


def _deliveries(observed: Effects, expected: Effects, scene: Scene, history: History) -> tuple[int, int]:
    """Adds what the providers took: by Message-ID, or by the words of an SMS (its code). Returns copies, unrecorded."""
    copies = unrecorded = 0
    for family in history.families:
        contact = family.contact
        if "@" in contact:
            taken = [str(email["Message-ID"]) for email in scene.smtp.emails_to(contact)]
        else:
            taken = scene.sms.texts_to(contact)
        messages = set(taken)
        observed[contact, "delivery"] = len(messages)
        sent = expected[contact, "delivery"]
        superseded = observed[contact, "message with an end"] - sent
        beyond = min(max(len(messages) - sent, 0), superseded)
        expected[contact, "delivery"] += beyond
        unrecorded += beyond
        copies += len(taken) - len(messages)
    return copies, unrecorded


def _foreign_answers(history: History) -> int:
    """Answers in which a family of another agency stands."""
    count = 0
    for agency in {family.agency for family in history.families}:
        others = [family for family in history.families if family.agency != agency]
        marks = [re.escape(mark) for family in others for mark in (family.contact, family.application_id)]
        foreign = re.compile("|".join(marks))
        told = [text for family in history.families if family.agency == agency for text in family.told]
        count += sum(bool(foreign.search(text)) for text in told)
    return count


def secrets_kept(scene: Scene) -> list[tuple[str, str]]:
    """Where the stack has written down what only a message may say: the token of a link, a code."""
    emails = (body(parsed(content), "plain") for _, content in scene.smtp.received)
    texts = (request.form["Body"] for request in scene.sms.taken)
    told = {secret.replace("-", "") for text in (*emails, *texts) for secret in _SECRET.findall(text)}
    assert told
    return [
        (name, word)
        for name, content in kept(scene.stack)
        for word in _WORD.findall(content.decode("ascii", "replace"))
        if word.replace("-", "") in told
    ]
