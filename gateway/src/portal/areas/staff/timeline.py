"""What happened to an application, as staff read it: one row for a message, whose state grows, its steps folded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from portico.applications.v1.resources_pb2 import Application, Guardian, TimelineEntry
from portico.applications.v1.timeline_pb2 import ListTimelineEntriesRequest

from portal.core.context import PageContext

PAGE = 50
FOLLOWED = timedelta(minutes=10)
"""How long after the last word of a message its page looks for another one."""
_HEADS = frozenset({TimelineEntry.INVITED, TimelineEntry.RESENT})
_STATES = frozenset(
    {
        TimelineEntry.MESSAGE_QUEUED,
        TimelineEntry.MESSAGE_SENT,
        TimelineEntry.MESSAGE_DELIVERED,
        TimelineEntry.MESSAGE_FAILED,
    }
)
_STEPS = _STATES | {TimelineEntry.LINK_FETCHED}


@dataclass(frozen=True, slots=True)
class Row:
    """A line, and the steps of its message, oldest first; the newest step heads where the invitation is on no page."""

    entry: TimelineEntry
    steps: tuple[TimelineEntry, ...] = ()

    @property
    def is_message(self) -> bool:
        """Whether a message went out with it."""
        return self.entry.kind in _HEADS

    @property
    def state(self) -> TimelineEntry | None:
        """What was heard last of the message; None when nothing was."""
        return next((step for step in reversed(self.steps) if step.kind in _STATES), None)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of it; `older` is the query of the next one, empty on the last. `entries` are all that its rows hold."""

    rows: Sequence[Row]
    entries: Sequence[TimelineEntry]
    older: str
    is_newest: bool


async def timeline_of(context: PageContext, application_id: str) -> Timeline:
    """The page that the address names.

    Where a page ends within a message the rest is brought from the next one, which is told not to show it again.
    """
    applications = context.services.applications
    request = ListTimelineEntriesRequest(
        application_id=application_id, page_size=PAGE, page_token=context.query("page")
    )
    found = await applications.ListTimelineEntries(request)
    shown_before = {*context.query("shown").split(",")} - {""}
    entries = [each for each in found.entries if not (_is_of_message(each) and each.invitation_id in shown_before)]
    shown: set[str] = set()
    if found.next_page_token and (torn := _torn(entries)):
        request.page_token = found.next_page_token
        rest = (await applications.ListTimelineEntries(request)).entries
        shown = {each.invitation_id for each in rest if each.kind in _HEADS} & torn
        entries += [each for each in rest if _is_of_message(each) and each.invitation_id in shown]
    query = {"page": found.next_page_token, **({"shown": ",".join(sorted(shown))} if shown else {})}
    return Timeline(
        rows=rows_of(entries),
        entries=entries,
        older=urlencode({**query, **({"next": context.next} if context.next else {})}) if found.next_page_token else "",
        is_newest=not context.query("page"),
    )


def rows_of(entries: Iterable[TimelineEntry]) -> list[Row]:
    """The rows of these lines, newest first as they are: a message stands where its invitation was made."""
    entries = list(entries)
    heads = {each.invitation_id: each for each in entries if each.kind in _HEADS}
    steps: dict[str, list[TimelineEntry]] = {}
    for entry in entries:
        if entry.kind in _STEPS and entry.invitation_id:
            steps.setdefault(entry.invitation_id, []).insert(0, entry)
    rows = []
    for entry in entries:
        of_message = tuple(steps.get(entry.invitation_id, ()))
        if entry.kind in _HEADS:
            rows.append(Row(entry, of_message if heads[entry.invitation_id] is entry else ()))
        elif entry not in of_message:
            rows.append(Row(entry))
        elif entry.invitation_id not in heads and entry is of_message[-1]:
            rows.append(Row(entry, of_message[:-1]))
    return rows


def is_moving(application: Application, rows: Iterable[Row], now: datetime) -> bool:
    """Whether something may change by itself soon: a message of a live invitation is on its way."""
    by_invitation = {row.entry.invitation_id: row for row in rows if row.is_message}
    return any(
        _is_on_its_way(guardian, by_invitation.get(guardian.invitation.id), now)
        for guardian in application.guardians
        if guardian.link_state == Guardian.INVITED
    )


def _is_on_its_way(guardian: Guardian, row: Row | None, now: datetime) -> bool:
    state = row.state if row else None
    if state and state.kind == TimelineEntry.MESSAGE_DELIVERED:
        return False
    heard = state.event_time if state else guardian.invitation.create_time
    return now < heard.ToDatetime(UTC) + FOLLOWED


def _is_of_message(entry: TimelineEntry) -> bool:
    return entry.kind in _HEADS | _STEPS


def _torn(entries: Iterable[TimelineEntry]) -> set[str]:
    """The invitations of which only steps are here."""
    entries = list(entries)
    steps = {each.invitation_id for each in entries if each.kind in _STEPS}
    return steps - {each.invitation_id for each in entries if each.kind in _HEADS} - {""}
