"""What a family answered when it applied, as people read it."""

from __future__ import annotations

import doctest

import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from portal.core import answers
from portal.core.answers import answer_lines
from portal.core.i18n import i18n_for

_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def _struct(given_answers: dict[str, object]) -> Struct:
    struct = Struct()
    ParseDict(given_answers, struct)
    return struct


def test_the_example_holds() -> None:
    """PO-04, CASE-U3: the example of the module is true."""
    assert 0 == doctest.testmod(answers).failed


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("program", "Full day", ("Programa", "Full day")),
        ("start", "2026-09-01", ("Inicio", "1 de septiembre de 2026")),
        ("start", "2026-02-30", ("Inicio", "2026-02-30")),
        ("needs_transport", True, ("Needs transport", "Sí")),
        ("siblings", 2, ("Siblings", "2")),
        ("income", 1234567, ("Income", "1234567")),
        ("doctor", {"name": "Dr. Ruiz", "phone": ""}, ("Doctor", "Name: Dr. Ruiz")),
    ],
)
def test_answers_have_labels(name: str, value: object, expected: tuple[str, str]) -> None:
    """PO-04, CASE-U3: known fields in the reader's language, the name of any other as words; values as people write."""
    assert [expected] == answer_lines(_struct({name: value}), i18n_for("es"))


@given(st.dictionaries(st.text(max_size=10), _VALUES, max_size=5))
def test_whatever_was_answered_is_shown(given_answers: dict[str, object]) -> None:
    """CASE-U3: no form of an agency breaks the page, and nothing that says nothing is shown."""
    lines = answer_lines(_struct(given_answers), i18n_for("en"))
    assert len(lines) <= len(given_answers)
    assert all(value.strip() for _, value in lines)
