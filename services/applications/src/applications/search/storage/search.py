"""Finding applications: AP-02."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from applications.application.domain.application import Application, Status
from applications.application.domain.link_state import LinkState
from applications.application.domain.names import NumberQuery, number_query
from applications.application.storage.rows import applications_of
from applications.search.domain import HELP_WINDOW, INVITED_LONG, MAX_INVITED, Attention
from applications.search.storage.statements import Assigned, Kind, Shape, Sort, State, search_statement
from chassis.db import Executor
from chassis.name_search import ELSEWHERE, ContactQuery, NameQuery, WordQuery, contact_query, name_query
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
    """What to look for, and in which order. No link states and attentions, no statuses: all of them."""

    text: Text | None
    link_states: frozenset[LinkState]
    attentions: frozenset[Attention] = frozenset()
    statuses: frozenset[Status]
    assignee_id: UUID | None = None
    is_unassigned: bool = False
    sort: Sort = Sort.CREATE_TIME
    descending: bool = True

    @property
    def states(self) -> frozenset[State]:
        """Of one of which a guardian has to be."""
        return self.link_states | self.attentions

    @property
    def finds_nothing(self) -> bool:
        """Whether its text has no letter and no digit."""
        return self.text is not None and not self.text.kinds


async def find(
    executor: Executor, search: Search, *, org_id: UUID, now: datetime, after: tuple[Key, ...], limit: int
) -> list[Application]:
    """At most so many applications, from the one after a position (none: the first) of the sort's keyset on."""
    statement = search_statement(
        shape_of(search), sort=search.sort, descending=search.descending, is_continued=bool(after)
    )
    params = params_of(search, search.states, org_id=org_id, now=now)
    params |= {f"after_{number}": key for number, key in enumerate(after)}
    if search.text is not None and search.text.by_name is not None and search.sort is Sort.FAMILY_NAME:
        params |= dict(_in_order_of_names(search.text.by_name))
    return applications_of(await executor.all(statement, limit=limit, **params))


def shape_of(search: Search) -> Shape:
    """What is asked for, without the values."""
    name = search.text.by_name if search.text else None
    return Shape(
        kinds=search.text.kinds if search.text else frozenset(),
        words=len(name.words) if name else 0,
        states=search.states,
        has_statuses=bool(search.statuses),
        assigned=_assigned(search),
    )


def params_of(search: Search, states: Iterable[State], *, org_id: UUID, now: datetime) -> dict[str, object]:
    """The values of a statement of its shape in which these states are looked for."""
    params: dict[str, object] = {"org_id": org_id, **dict(_text_params(search.text))}
    if not {LinkState.INVITED, LinkState.EXPIRED, Attention.INVITED_LONG_AGO}.isdisjoint(states):
        params["now"] = now
    if Attention.INVITED_LONG_AGO in states:
        params |= {"invited_before": now - INVITED_LONG, "invited_after": now - MAX_INVITED}
    if Attention.HELP_REQUESTED in states:
        params["asked_after"] = now - HELP_WINDOW
    if search.statuses:
        params["statuses"] = list(search.statuses)
    if search.assignee_id:
        params["assignee_id"] = search.assignee_id
    return params


def _assigned(search: Search) -> Assigned:
    if search.assignee_id:
        return Assigned.TO_ONE
    return Assigned.TO_NOBODY if search.is_unassigned else Assigned.TO_ANYBODY


def _text_params(text: Text | None) -> Iterator[tuple[str, object]]:
    if text is None:
        return
    if text.number is not None:
        yield from {"low": text.number.low, "high": text.number.high, "serial": text.number.serial}.items()
    if text.contact is not None:
        yield "contact_keys", [text.contact.key]
    if text.by_name is None:
        return
    for place, word in enumerate((text.by_name.phrase, *text.by_name.words)):
        yield f"prefixes_{place}", [*word.prefixes, *_elsewhere(word)]
        yield f"pattern_{place}", word.pattern
        yield f"typo_keys_{place}", word.typo_keys
        yield f"typo_patterns_{place}", word.typo_patterns


def _in_order_of_names(name: NameQuery) -> Iterator[tuple[str, object]]:
    """What begins as typed comes from the order of the list: it is not looked for elsewhere."""
    letters = name.phrase.letters
    yield from {"from_name": letters, "to_name": f"{letters}\U0010ffff"}.items()
    if name.phrase.pattern == "%":
        yield "prefixes_0", _elsewhere(name.phrase)


def _elsewhere(word: WordQuery) -> list[str]:
    return [ELSEWHERE + prefix for prefix in word.prefixes]
