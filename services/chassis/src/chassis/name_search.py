"""Finding people by their names as somebody types them: what an index holds of them, and what to ask it for.

Blanks and hyphens do not count (`mc donald` finds McDonald), so words that stand together are looked for as one. A typo
is found by its deletion neighbourhood (W. Garbe's SymSpell): two words are one insertion, deletion, substitution or
transposition apart only if they share a form with at most one letter left out. The index holds these forms; LIKE
patterns on the spellings then tell which of the found are truly one typo away.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from chassis.text import letters, letters_and_digits, plain

MAX_PREFIX_LENGTH = 16
"""Letters of the longest prefix in the index; of a longer one the pattern looks at the rest."""

MIN_TYPO_LENGTH = 3
"""Below this many letters every other name would be one typo away."""

MAX_TYPO_LENGTH = 32
"""Above this many letters a word is found by its prefix only."""

MAX_RUN_WORDS = 3
"""So many words that stand together are found as one with a typo in it."""

MAX_QUERY_WORDS = 4
"""So many of the typed words, the longest, have to be there."""

MIN_PHONE_DIGITS = 7
"""A number without its area code; what is shorter is an application number."""

ELSEWHERE = "+"
"""Marks a prefix that is not how the name begins by which a list is sorted."""


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """What the search holds of somebody: `sort_key` orders the list, `keys` are in the index.

    `spellings` has every word, and the words that stand together as one, between blanks.
    """

    sort_key: str
    spellings: str
    keys: list[str]


def search_entry(
    sort_name: str, *others: str, is_first: bool, email: str = "", phones: Iterable[str] = ()
) -> SearchEntry:
    """The entry of somebody with these names.

    How `sort_name` of the first person of a record begins is what a list by name is sorted by. All other prefixes have
    a mark, so that such a list can ask for them alone.
    """
    begin, *later = _starts(sort_name)
    prefixes = {("" if is_first else ELSEWHERE) + prefix for prefix in _prefixes(begin)}
    starts = {*later, *(start for name in others for start in _starts(name))}
    prefixes |= {ELSEWHERE + prefix for start in starts for prefix in _prefixes(start)}
    runs = {run for name in (sort_name, *others) for run in _runs(plain(name).split())}
    typos = set().union(*map(_neighbourhood, runs))
    spellings = " ".join(sorted({begin, *starts, *runs}))
    return SearchEntry(begin, f" {spellings} ", sorted(prefixes | typos | set(_contact_keys(email, phones))))


@dataclass(frozen=True, slots=True)
class WordQuery:
    """Looks for a word with one of the `prefixes` that fits the LIKE `pattern`, or with a typo key and its pattern."""

    letters: str
    prefixes: list[str]
    pattern: str
    typo_keys: list[str]
    typo_patterns: list[str]


@dataclass(frozen=True, slots=True)
class NameQuery:
    """Looks for the `phrase` as one word, or for somebody with each of the `words`; no words: only one was typed."""

    phrase: WordQuery
    words: tuple[WordQuery, ...]


@dataclass(frozen=True, slots=True)
class ContactQuery:
    """Looks for the key of an email address or a phone number."""

    key: str


def name_query(typed: str) -> NameQuery | None:
    """The search for names that begin as typed, or are one typo away; None when no letter was typed."""
    words = plain(typed).split()
    if not words:
        return None
    # `ana mc donald`: a word may also be one with its neighbour.
    pairs = ["".join(pair) for pair in pairwise(words)]
    each = [_word_query(word, *pairs[max(0, at - 1) : at + 1]) for at, word in enumerate(words)] if pairs else []
    longest = sorted(each, key=lambda query: len(query.letters), reverse=True)[:MAX_QUERY_WORDS]
    return NameQuery(_word_query(letters(typed)), tuple(longest))


def contact_query(typed: str) -> ContactQuery | None:
    """The search for an email address, or for a phone number in any format; None when it is neither."""
    local, _, domain = typed.strip().rpartition("@")
    if local and domain:
        return ContactQuery(_email_key(typed))
    digits = letters_and_digits(typed).lstrip("0")
    return ContactQuery(f"#{digits}") if digits.isdecimal() and len(digits) >= MIN_PHONE_DIGITS else None


def _contact_keys(email: str, phones: Iterable[str]) -> Iterator[str]:
    if email:
        yield _email_key(email)
    # A number may be typed without its country, or its area.
    for digits in (phone.removeprefix("+") for phone in phones):
        yield from (f"#{digits[at:]}" for at in range(len(digits) - MIN_PHONE_DIGITS + 1))


def _email_key(email: str) -> str:
    return f"@{''.join(email.split()).casefold()}"


def _word_query(word: str, *pairs: str) -> WordQuery:
    """The query for a word; a pair with its neighbour does as well, unless it is too long for the index."""
    forms = [word, *(pair for pair in pairs if len(pair) <= MAX_PREFIX_LENGTH)]
    mistyped = [form for form in forms if MIN_TYPO_LENGTH <= len(form) <= MAX_TYPO_LENGTH]
    return WordQuery(
        letters=word,
        prefixes=[form[:MAX_PREFIX_LENGTH] for form in forms],
        # A prefix that is in the index as it was typed needs no second look.
        pattern="%" if len(word) <= MAX_PREFIX_LENGTH else f"% {word}%",
        typo_keys=sorted({key for form in mistyped for key in _neighbourhood(form)}),
        typo_patterns=sorted({f"% {typo} %" for form in mistyped for typo in _one_typo_away(form)}),
    )


def _starts(name: str) -> list[str]:
    """The name from each of its words on, as one word: `delacruz`, `lacruz`, `cruz`; of no letter, one empty start."""
    words = plain(name).split()
    return ["".join(words[at:]) for at in range(len(words))] or [""]


def _runs(words: list[str]) -> Iterator[str]:
    for at in range(len(words)):
        for to in range(at + 1, min(len(words), at + MAX_RUN_WORDS) + 1):
            yield "".join(words[at:to])


def _prefixes(word: str) -> Iterable[str]:
    return (word[:length] for length in range(1, min(len(word), MAX_PREFIX_LENGTH) + 1))


def _neighbourhood(word: str) -> set[str]:
    """The word and what it becomes with one letter left out, marked so that no prefix is taken for one of them."""
    if len(word) > MAX_TYPO_LENGTH:
        return set()
    return {f"~{word}"} | {f"~{word[:at]}{word[at + 1 :]}" for at in range(len(word))}


def _one_typo_away(word: str) -> Iterator[str]:
    """LIKE patterns (`_` is any one letter) of everything that one typo makes of the word."""
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield f"{before}_{after}"
        if after:
            yield f"{before}_{after[1:]}"
            yield f"{before}{after[1:]}"
        if len(after) > 1:
            yield f"{before}{after[1]}{after[0]}{after[2:]}"
