"""Finding applications: AP-02."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from applications.application.domain.application import Application, Status
from applications.application.domain.link_state import LinkState
from applications.application.domain.names import NumberQuery, number_query
from applications.application.domain.search_keys import ELSEWHERE, ContactQuery, NameQuery, contact_query, name_query
from applications.application.storage.rows import applications_of
from applications.search.storage.statements import Assigned, Kind, Sort, search_statement
from chassis.db import Executor
from chassis.pagination import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What was typed, as all that it can be; digits are a number and perhaps a phone, and else a name."""

    number: NumberQuery | None
    contact: ContactQuery | None
    name: NameQuery | None

    @property
    def by_name(self) -> NameQuery | None:
        """The name to look for, unless it is a number or a contact."""
        return self.name if self.number is None and self.contact is None else None

    @property
    def kinds(self) -> frozenset[Kind]:
        """What to look for; empty when there is nothing in it to look for."""
        said = {Kind.NUMBER: self.number, Kind.CONTACT: self.contact, Kind.NAME: self.by_name}
        return frozenset(kind for kind, query in said.items() if query is not None)


def text_of(typed: str) -> Text | None:
    """What was typed; None when nothing was."""
    if not typed.strip():
        return None
    return Text(number=number_query(typed), contact=contact_query(typed), name=name_query(typed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What to look for, and in which order. No link states, no statuses: all of them."""

    text: Text | None
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
        kinds=search.text.kinds if search.text else frozenset(),
        words=len(search.text.by_name.words) if search.text and search.text.by_name else 0,
        link_states=search.link_states,
        has_statuses=bool(search.statuses),
        assigned=_assigned(search),
        sort=search.sort,
        descending=search.descending,
        is_continued=bool(after),
    )
    params: dict[str, object] = {"org_id": org_id, "limit": limit, **dict(_text_params(search.text, search.sort))}
    if search.link_states & {LinkState.INVITED, LinkState.EXPIRED}:
        params["now"] = now
    if search.statuses:
        params["statuses"] = list(search.statuses)
    if search.assignee_id:
        params["assignee_id"] = search.assignee_id
    params |= {f"after_{number}": key for number, key in enumerate(after)}
    return applications_of(await executor.all(statement, **params))


def _assigned(search: Search) -> Assigned:
    if search.assignee_id:
        return Assigned.TO_ONE
    return Assigned.TO_NOBODY if search.is_unassigned else Assigned.TO_ANYBODY


def _text_params(text: Text | None, sort: Sort) -> Iterator[tuple[str, object]]:
    if text is None:
        return
    if text.number is not None:
        yield from {"low": text.number.low, "high": text.number.high, "serial": text.number.serial}.items()
    if text.contact is not None:
        yield "contact_keys", [text.contact.key]
    if text.by_name is None:
        return
    phrase, words = text.by_name.phrase, text.by_name.words
    if sort is Sort.FAMILY_NAME:
        yield from {"from_name": phrase.letters, "to_name": f"{phrase.letters}\U0010ffff"}.items()
    for place, word in enumerate((phrase, *words)):
        elsewhere = [ELSEWHERE + prefix for prefix in word.prefixes]
        # What begins as typed comes from the order of the list.
        only_elsewhere = sort is Sort.FAMILY_NAME and word is phrase and word.pattern == "%"
        yield f"prefixes_{place}", elsewhere if only_elsewhere else [*word.prefixes, *elsewhere]
        yield f"pattern_{place}", word.pattern
        yield f"typo_keys_{place}", word.typo_keys
        yield f"typo_patterns_{place}", word.typo_patterns
