"""Names and numbers as people type them."""

import doctest
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import text
from chassis.text import MAX_NAME_LENGTH, full_name, letters_and_digits, person_name


def test_the_examples_hold():
    """The module's examples are true."""
    assert doctest.testmod(text).failed == 0


@pytest.mark.parametrize(
    "name", ["\u200b", "\u00ad", "\ufeff", "\ue000", "\u3164", "\u2800", "...", " ", "a\u202eb", "a\x00", "a\nb"]
)
def test_what_is_no_name(name):
    """CASE-A2: nothing that can be seen, private letters, controls, and what turns the text around."""
    with pytest.raises(ValueError, match=r"."):
        person_name(name)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (" O\u2019Connor ", "O\u2019Connor"),
        ("Ana \u00a0 Mar\u00eda", "Ana Mar\u00eda"),
        ("Jose\u0301", "Jos\u00e9"),
        ("Ana\u200b", "Ana"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("\U00020000" * 60, "\U00020000" * 60),
        ("\U0001f600" * 99, "\U0001f600" * 99),
    ],
)
def test_names_of_the_world(written, expected):
    """CASE-A2, CASE-A3: letters of any script, joiners inside of words, and even emoji are a name."""
    assert person_name(written) == expected


def test_a_name_that_grows_is_measured_when_it_is_grown():
    """CASE-A3: NFC takes some letters apart; what two names are joined to fits a display name all the same."""
    assert len(full_name(*[person_name("x" * MAX_NAME_LENGTH)] * 2)) == 201
    with pytest.raises(ValueError, match="longer than 100"):
        person_name("\ufb2c" * 34)


@given(st.text())
def test_a_name_is_its_own_name(written):
    """CASE-A2, CASE-A31: what was accepted once is accepted again, has no control character and only single blanks."""
    try:
        name = person_name(written)
    except ValueError:
        return
    assert person_name(name) == name
    assert name.split() == name.split(" ")
    assert not {unicodedata.category(each) for each in name} & {"Cc", "Co", "Cn", "Cs"}


@given(st.text())
def test_only_letters_and_digits_are_left(typed):
    """CASE-A4, CASE-A5: nothing else, and the digits are ASCII's."""
    assert all(each.isalnum() and (not each.isdecimal() or each in "0123456789") for each in letters_and_digits(typed))
