"""Names and numbers as people type them."""

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.application.domain.names import is_same_number, number_of, number_query
from chassis.name_search import ELSEWHERE, WordQuery, contact_query, name_query, search_entry
from chassis.text import plain

LETTERS = "abcdé"
WORDS = st.text(LETTERS, min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("García-López", "garcia lopez"),
        ("O'Brien", "obrien"),
        ("D’Angelo", "dangelo"),
        ("Øster Łukasz", "oster lukasz"),
        ("STRAẞE", "strasse"),
        ("  de   la Cruz ", "de la cruz"),
        ("İpek", "ipek"),
        ("李小龙", "李小龙"),
        ("---", ""),
    ],
)
def test_accents_case_and_signs_do_not_matter(written: str, expected: str) -> None:
    """AP-02: one plain form for all ways to write a name."""
    assert plain(written) == expected


@given(st.text(max_size=30))
def test_the_plain_form_is_final(written: str) -> None:
    """AP-02: what was plain stays as it is, so that what is stored and what is asked for meet."""
    assert plain(plain(written)) == plain(written)


def is_found(typed: str, *names: str) -> bool:
    """What the database does: the prefix and its pattern, or a key and a pattern; of the phrase, or of each word."""
    query, entry = name_query(typed), search_entry(*names, is_first=True)

    def has(word: WordQuery) -> bool:
        keys = set(entry.keys)
        # fnmatch's `?` and `*` are LIKE's `_` and `%`.
        pattern, *typos = (each.replace("_", "?").replace("%", "*") for each in (word.pattern, *word.typo_patterns))
        begins = keys & {*word.prefixes, *(ELSEWHERE + prefix for prefix in word.prefixes)} and fnmatch.fnmatchcase(
            entry.spellings, pattern
        )
        near = keys.intersection(word.typo_keys) and any(fnmatch.fnmatchcase(entry.spellings, typo) for typo in typos)
        return bool(begins or near)

    return query is not None and (has(query.phrase) or (bool(query.words) and all(map(has, query.words))))


def typos_between(left: str, right: str) -> int:
    """Optimal string alignment distance, by the book."""
    rows = [[max(i, j) if not i * j else 0 for j in range(len(right) + 1)] for i in range(len(left) + 1)]
    for i in range(1, len(left) + 1):
        for j in range(1, len(right) + 1):
            cost = left[i - 1] != right[j - 1]
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost)
            if min(i, j) > 1 and left[i - 1] == right[j - 2] and left[i - 2] == right[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


@given(typed=WORDS, written=WORDS)
def test_a_name_is_found_by_its_beginning_or_with_exactly_one_typo(typed: str, written: str) -> None:
    """AP-02: a word is found if it begins as typed, or is one typo away from three letters or more; nothing else is."""
    left, right = plain(typed), plain(written)
    expected = right.startswith(left) or (len(left) >= 3 and typos_between(left, right) <= 1)
    assert is_found(typed, written) == expected


@pytest.mark.parametrize(
    "typed",
    ["garc", "LOPEZ", "lópez", "Garcia-Lop", "gracia", "garcía", "lopes", "loppez", "lpez", "lo pez", "lopez garcia"],
)
def test_any_word_of_a_double_name_is_found(typed: str) -> None:
    """AP-02: a prefix or a typo of any word will do."""
    assert is_found(typed, "García López")


@pytest.mark.parametrize("typed", ["rcia", "gracai", "garcia gomez", "lo perez", "ga__ia", "%", "--"])
def test_other_names_are_not_found(typed: str) -> None:
    """AP-02: no middle of a word, no two typos; signs of the database's patterns mean nothing."""
    assert not is_found(typed, "García López")


def test_a_long_prefix_is_looked_at_to_its_end() -> None:
    """AP-02: beyond the indexed letters the rest counts, too."""
    assert is_found("a" * 40, "a" * 50)
    assert not is_found("a" * 40 + "b", "a" * 50)


@pytest.mark.parametrize(
    "typed",
    [
        *("A-000123", "a-000123", " a 123 ", "123", "000123", "A000123", "A-000 123"),
        *("A–000123", "#A-000123", "A-000123.", "No. A-000123", "N.º A-000123", "A-OOO123", "Ａ－０００１２３", "१२३"),
    ],
)
def test_a_number_may_be_typed_carelessly(typed: str) -> None:
    """AP-09, CASE-A5: case, blanks, dashes, leading zeros, O for 0 and what people write around it do not matter."""
    assert is_same_number(typed, "A-000123")


@pytest.mark.parametrize(
    "typed", ["A-000124", "B-000123", "", "A", "O", "NO", "1234", "A-0001234567890123", "12 Main St"]
)
def test_another_number_is_another_one(typed: str) -> None:
    """AP-09: everything else is a mismatch."""
    assert not is_same_number(typed, "A-000123")


@given(st.integers(1, 10**7), st.integers(0, 8))
def test_a_number_is_found_by_its_beginning(serial: int, length: int) -> None:
    """AP-02: every beginning that has a digit lies in the range that is asked for."""
    number = number_of(serial)
    query = number_query(number[: 3 + length])
    assert query is not None
    assert query.low <= number < query.high


def test_a_bare_number_is_found_without_its_zeros() -> None:
    """AP-02: `123` finds A-000123, and what begins with A-123."""
    query = number_query("123")
    assert query is not None
    assert query.serial == 123
    assert query.low <= "A-123456" < query.high
    assert number_query("a") is None
    assert number_query("garcia 2") is None


def test_numbers_grow_beyond_six_digits() -> None:
    """AP-01: `A-000123`, and after A-999999 comes A-1000000."""
    assert number_of(123) == "A-000123"
    assert number_of(1_000_000) == "A-1000000"


def test_only_the_beginning_of_the_first_guardian_is_unmarked() -> None:
    """AP-02: so that a list by name knows which of the names begin as typed."""
    unmarked = {key for key in search_entry("De Paz", "Ana", is_first=True).keys if key[0] not in "~+"}
    assert {"d", "de", "dep", "depa", "depaz"} == unmarked
    assert {"~", "+"} == {key[0] for key in search_entry("García López", is_first=False).keys}


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("McDonald", "mc donald"),
        ("McDonald", "mc donlad"),
        ("De La Cruz", "delacruz"),
        ("De La Cruz", "dela cruz"),
        ("De La Cruz", "dela crux"),
        ("Smith-Jones", "smithjones"),
        ("Smith-Jones", "smithjonse"),
        ("St. John", "stjohn"),
        ("Kaʻahumanu", "ka'ahu"),
        ("Kaʻahumanu", "Kaahumanu"),
        ("García-López", "garcialopez"),
        ("García-López", "garcia-lopez"),
    ],
)
def test_blanks_hyphens_and_apostrophes_do_not_count(stored: str, typed: str) -> None:
    """CASE-A9: a name is found however its words are typed together or apart, and with one wrong letter."""
    assert is_found(typed, stored)


@pytest.mark.parametrize(
    "typed",
    ["Ana McDonald", "mcdonald ana", "anna mc donald", "ana", "mateo", "Mateo McDonald", "ana mateo", "mcd a", "maria"],
)
def test_staff_type_what_the_caller_says(typed: str) -> None:
    """CASE-A10: given names and children's names are found, alone and with the family name, in any order."""
    assert is_found(typed, "McDonald", "Ana María", "Mateo", "McDonald")
    assert not is_found(f"{typed} Becker", "McDonald", "Ana María", "Mateo", "McDonald")


@pytest.mark.parametrize(
    ("typed", "is_theirs"),
    [
        *(("Ana@Example.org", True), (" ana@example.org ", True), ("anna@example.org", False), ("ana@example", False)),
        *(("+1 202 555 0123", True), ("(202) 555-0123", True), ("555.0123", True), ("001 202 555 0123", True)),
        *(("202 555 0124", False), ("0123", False)),
    ],
)
def test_a_contact_is_found_in_any_format(typed: str, is_theirs: bool) -> None:
    """CASE-A10: an email address whatever its case, and a phone number with or without country and area."""
    query = contact_query(typed)
    keys = search_entry("Morales", is_first=True, email="ana@example.org", phones=("+12025550123",)).keys
    assert is_theirs == (query is not None and query.key in keys)
