"""What was typed to find people: the condition on a table of them, and its parameters."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import ARRAY, ColumnElement, FromClause, Text, and_, any_, bindparam, or_

from chassis.name_search import ELSEWHERE, ContactQuery, NameQuery, WordQuery, contact_query, name_query


@dataclass(frozen=True, slots=True)
class TypedShape:
    """What is looked for, without the values; `words` of a name, with the phrase as the first."""

    words: int
    has_contact: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not self.has_contact and not self.words

    def fits(self, people: FromClause) -> ColumnElement[bool]:
        """That somebody is meant, of a table with `search_keys` and `spellings`; what is cheap is asked first."""
        if self.has_contact:
            return self.is_indexed(people)
        return self._of_words(lambda place: _fits(people, place))

    def is_indexed(self, people: FromClause) -> ColumnElement[bool]:
        """What everybody who is meant has in the index, and few others."""

        def has_keys(name: str) -> ColumnElement[bool]:
            found: ColumnElement[bool] = people.c.search_keys.overlap(bindparam(name, type_=ARRAY(Text)))
            return found

        return has_keys("contact_keys") if self.has_contact else self._of_words(lambda place: has_keys(f"keys_{place}"))

    def _of_words(self, of: Callable[[int], ColumnElement[bool]]) -> ColumnElement[bool]:
        """Each of the words, or the phrase as one."""
        each = [and_(*map(of, range(1, self.words)))] if self.words > 1 else []
        return or_(*each, of(0))


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
                elsewhere = [ELSEWHERE + prefix for prefix in word.prefixes]
                yield f"keys_{place}", [*word.prefixes, *elsewhere, *word.typo_keys]
                yield f"patterns_{place}", _patterns(word)
                yield f"typo_keys_{place}", word.typo_keys
                yield f"typo_patterns_{place}", word.typo_patterns


def typed(text: str, *, by_contact: bool = True) -> Typed:
    """What was typed; a contact only for who may see contacts."""
    contact = contact_query(text) if by_contact else None
    return Typed(text, contact, None if contact else name_query(text))


def _patterns(word: WordQuery) -> list[str]:
    """LIKE patterns of the spellings that begin as typed; a word that the index has whole has none of its own."""
    return [f"% {prefix}%" for prefix in word.prefixes] if word.pattern == "%" else [word.pattern]


def _fits(people: FromClause, place: int) -> ColumnElement[bool]:
    """That a word begins so, or that one is a typo away."""
    texts, spellings = ARRAY(Text), people.c.spellings
    return or_(
        spellings.like(any_(bindparam(f"patterns_{place}", type_=texts))),
        and_(
            people.c.search_keys.overlap(bindparam(f"typo_keys_{place}", type_=texts)),
            spellings.like(any_(bindparam(f"typo_patterns_{place}", type_=texts))),
        ),
    )
