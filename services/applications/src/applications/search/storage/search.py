"""Finding applications: AP-02."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from applications.application.domain.application import Application, Status
from applications.application.domain.link_state import LinkState
from applications.application.domain.names import ELSEWHERE, NameQuery, NumberQuery
from applications.application.storage.rows import applications_of
from applications.search.storage.statements import Assigned, Sort, Text, search_statement
from chassis.db import Executor
from chassis.pagination import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What to look for, and in which order. No link states, no statuses: all of them."""

    text: NameQuery | NumberQuery | None
    link_states: frozenset[LinkState]
    statuses: frozenset[Status]
    assignee_id: UUID | None = None
    is_unassigned: bool = False
    sort: Sort
    descending: bool


async def find(
    executor: Executor, search: Search, *, org_id: UUID, now: datetime, after: tuple[Key, ...], limit: int
) -> list[Application]:
    """At most so many applications, from the one after a position (none: the first) of the sort's keyset on."""
    statement = search_statement(
        text=_kind_of(search.text),
        link_states=search.link_states,
        has_statuses=bool(search.statuses),
        assigned=_assigned(search),
        sort=search.sort,
        descending=search.descending,
        is_continued=bool(after),
    )
    params: dict[str, object] = {"org_id": org_id, "limit": limit, **_text_params(search.text, search.sort)}
    if search.link_states & {LinkState.INVITED, LinkState.EXPIRED}:
        params["now"] = now
    if search.statuses:
        params["statuses"] = list(search.statuses)
    if search.assignee_id:
        params["assignee_id"] = search.assignee_id
    params |= {f"after_{number}": key for number, key in enumerate(after)}
    return applications_of(await executor.all(statement, **params))


def _kind_of(text: NameQuery | NumberQuery | None) -> Text:
    match text:
        case None:
            return Text.NOTHING
        case NumberQuery():
            return Text.NUMBER
        case NameQuery(pattern=None):
            return Text.PREFIX_OR_TYPO if text.typo_keys else Text.PREFIX
        case NameQuery():
            return Text.PHRASE_OR_TYPO if text.typo_keys else Text.PHRASE


def _assigned(search: Search) -> Assigned:
    if search.assignee_id:
        return Assigned.TO_ONE
    return Assigned.TO_NOBODY if search.is_unassigned else Assigned.TO_ANYBODY


def _text_params(text: NameQuery | NumberQuery | None, sort: Sort) -> dict[str, object]:
    match text:
        case None:
            return {}
        case NumberQuery(low=low, high=high, serial=serial):
            return {"low": low, "high": high, "serial": serial}
        case NameQuery(phrase=phrase, prefix=prefix, pattern=pattern):
            params: dict[str, object] = {"prefixes": [prefix, ELSEWHERE + prefix]}
            if sort is Sort.FAMILY_NAME:
                params |= {"from_name": phrase, "to_name": f"{phrase}\U0010ffff"}
                if pattern is None:
                    params["prefixes"] = [ELSEWHERE + prefix]
            if pattern is not None:
                params["pattern"] = pattern
            if text.typo_keys:
                params |= {"typo_keys": text.typo_keys, "typo_patterns": text.typo_patterns}
            return params
