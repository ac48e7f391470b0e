"""What was typed to find people: the condition on a table of them, and its parameters."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ARRAY, ColumnElement, FromClause, Text, and_, any_, bindparam, or_

from chassis.name_search import ELSEWHERE, ContactQuery, NameQuery, WordQuery, contact_query, name_query


@dataclass(frozen=True, slots=True)
class TypedShape:
    """What is looked for, without the values; `words` of a name, with the phrase as the first."""

    words: int
    has_contact: bool

    def condition(self, people: FromClause) -> ColumnElement[bool] | None:
        """What it asks of a table with `search_keys` and `spellings`; None: nothing."""
        if self.has_contact:
            has_contact: ColumnElement[bool] = people.c.search_keys.overlap(
                bindparam("contact_keys", type_=ARRAY(Text))
            )
            return has_contact
        if not self.words:
            return None
        each = [and_(*(or_(*_word(people, place)) for place in range(1, self.words)))] if self.words > 1 else []
        return or_(*_word(people, 0), *each)


@dataclass(frozen=True, slots=True)
class Typed:
    """A text that is a contact or a name; neither of them: it finds nobody, unless it is blank."""

    text: str
    contact: ContactQuery | None
    name: NameQuery | None

    @property
    def finds_nobody(self) -> bool:
        """Whether it has no letter and no digit."""
        return bool(self.text.strip()) and self.contact is None and self.name is None

    @property
    def shape(self) -> TypedShape:
        """What is looked for."""
        return TypedShape(1 + len(self.name.words) if self.name else 0, has_contact=self.contact is not None)

    def params(self) -> dict[str, object]:
        """The parameters of the condition."""
        return dict(self._params())

    def _params(self) -> Iterator[tuple[str, object]]:
        if self.contact is not None:
            yield "contact_keys", [self.contact.key]
        if self.name is not None:
            for place, word in enumerate((self.name.phrase, *self.name.words)):
                yield f"prefixes_{place}", [*word.prefixes, *_elsewhere(word)]
                yield f"pattern_{place}", word.pattern
                yield f"typo_keys_{place}", word.typo_keys
                yield f"typo_patterns_{place}", word.typo_patterns


def typed(text: str, *, by_contact: bool = True) -> Typed:
    """What was typed; a contact only for who may see contacts."""
    contact = contact_query(text) if by_contact else None
    return Typed(text, contact, None if contact else name_query(text))


def _elsewhere(word: WordQuery) -> list[str]:
    return [ELSEWHERE + prefix for prefix in word.prefixes]


def _word(people: FromClause, place: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """That a word begins so, and that one is a typo away: apart, so that the planner knows how common the prefix is."""
    texts, keys, spellings = ARRAY(Text), people.c.search_keys, people.c.spellings
    return (
        and_(keys.overlap(bindparam(f"prefixes_{place}", type_=texts)), spellings.like(bindparam(f"pattern_{place}"))),
        and_(
            keys.overlap(bindparam(f"typo_keys_{place}", type_=texts)),
            spellings.like(any_(bindparam(f"typo_patterns_{place}", type_=texts))),
        ),
    )
