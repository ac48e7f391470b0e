"""Replays a history against what the databases and the providers hold: one effect for each accepted command."""

import re
from collections import Counter
from dataclasses import asdict, dataclass

from chassis.testing.eventually import eventually
from tests.chaos.scene import Scene
from tests.chaos.workload import REVOKE, Family, History

INVITED, MESSAGE_SENT, REVOKED = 2, 4, 11
"""Kinds of timeline lines: the contract's numbers."""
SENT, CANCELLED = 3, 8
"""States of messages: the contract's numbers."""
_SETTLED_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of a history; `copies` are further handings-over of one email, which its Message-ID tells apart."""

    commands: int
    calls: int
    effects: int
    lost: int
    double: int
    copies: int
    foreign: int

    def as_columns(self) -> dict[str, int]:
        """By name, for the table at the end."""
        return asdict(self)


Effects = Counter[tuple[str, str]]


async def verdict(scene: Scene, history: History) -> Figures:
    """Wait until all is quiet, then count."""
    await eventually(lambda: is_quiet(scene), timeout=_SETTLED_SECONDS)
    return counted(scene, history)


def counted(scene: Scene, history: History) -> Figures:
    """The figures as they are now."""
    expected: Effects = Counter()
    observed: Effects = Counter()
    copies = 0
    for family in history.families:
        _expect(expected, family)
        copies += _observe(observed, expected, scene, family)
    return Figures(
        commands=history.commands,
        calls=history.calls,
        effects=observed.total(),
        lost=(expected - observed).total(),
        double=(observed - expected).total(),
        copies=copies,
        foreign=_foreign_answers(history),
    )


def is_quiet(scene: Scene) -> bool:
    """Whether every event has reached who reads it, and every message its end."""
    published = "SELECT FROM outbox WHERE published_at IS NULL LIMIT 1"
    if any(scene.rows(service, published) for service in ("applications", "notifications")):
        return False
    if scene.rows("notifications", "SELECT FROM messages WHERE due_at IS NOT NULL LIMIT 1"):
        return False
    for service, reader in (("applications", "notifications"), ("notifications", "applications")):
        kind = "MessageRequest" if service == "applications" else "MessageEvent"
        made = scene.rows(service, "SELECT id FROM outbox WHERE type LIKE %s", f"%.{kind}")
        if set(made) - set(scene.rows(reader, "SELECT event_id FROM inbox")):
            return False
    return True


def _expect(expected: Effects, family: Family) -> None:
    contact, invitations, revoked = family.contact, family.invitations, family.done.count(REVOKE)
    expected[contact, "application"] = 1
    expected[contact, "invitation"] = invitations
    expected[contact, "invited line"] = invitations
    expected[contact, "revoked line"] = revoked
    expected[contact, "message"] = invitations
    expected[contact, "message with an end"] = invitations


def _observe(observed: Effects, expected: Effects, scene: Scene, family: Family) -> int:
    """Adds what is there; how often something was sent decides what else must be. Returns the further copies."""
    contact, application = family.contact, family.application_id
    found = "SELECT count(*) FROM guardians WHERE %s IN (email, phone)"
    [(observed[contact, "application"],)] = scene.rows("applications", found, contact)
    made = scene.rows("applications", "SELECT id, ending FROM invitations WHERE application_id = %s", application)
    observed[contact, "invitation"] = len(made)
    lines = "SELECT kind, count(*) FROM timeline WHERE application_id = %s GROUP BY kind"
    kinds: dict[int, int] = dict(scene.rows("applications", lines, application))
    observed[contact, "invited line"] = kinds.get(INVITED, 0)
    observed[contact, "revoked line"] = kinds.get(REVOKED, 0)
    observed[contact, "sent line"] = kinds.get(MESSAGE_SENT, 0)
    references = {f"invitations/{invitation}": ending for invitation, ending in made}
    of_them = "SELECT reference, state FROM messages WHERE reference = ANY(%s)"
    messages = scene.rows("notifications", of_them, list(references))
    observed[contact, "message"] = len(messages)
    observed[contact, "message with an end"] = sum(state in (SENT, CANCELLED) for _, state in messages)
    sent = Counter(reference for reference, state in messages if state == SENT)
    # The one that stands now has been sent, whatever became of those before it.
    standing = [reference for reference, ending in references.items() if ending is None]
    expected[contact, "standing one sent"] = len(standing)
    observed[contact, "standing one sent"] = sum(sent[reference] for reference in standing)
    expected[contact, "sent line"] = expected[contact, "delivery"] = sent.total()
    deliveries = _deliveries(scene, contact)
    observed[contact, "delivery"] = len(deliveries)
    return deliveries.total() - len(deliveries)


def _deliveries(scene: Scene, contact: str) -> Counter[str]:
    """What the providers took, by what makes it one message: the Message-ID, or the words of an SMS (its code)."""
    if "@" in contact:
        return Counter(str(email["Message-ID"]) for email in scene.smtp.emails_to(contact))
    return Counter(scene.sms.texts_to(contact))


def _foreign_answers(history: History) -> int:
    """Answers in which a family of another agency stands."""
    marks: dict[int, set[str]] = {}
    for family in history.families:
        marks.setdefault(family.agency, set()).update(filter(None, (family.contact, family.application_id)))
    count = 0
    for family in history.families:
        others = {mark for agency, some in marks.items() if agency != family.agency for mark in some}
        foreign = re.compile("|".join(map(re.escape, others)))
        count += sum(bool(foreign.search(text)) for text in family.told)
    return count
