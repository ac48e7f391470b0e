import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.templates.segments import Parts, parts_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Parts("GSM-7", 1)),
        ("a" * 160, Parts("GSM-7", 1)),
        ("a" * 161, Parts("GSM-7", 2)),
        ("a" * 306, Parts("GSM-7", 2)),
        ("a" * 307, Parts("GSM-7", 3)),
        ("ñÑéàü¿¡@£_" * 16, Parts("GSM-7", 1)),
        ("€" * 80, Parts("GSM-7", 1)),
        ("€" * 81, Parts("GSM-7", 2)),
        # An escaped character does not fit into the last septet of a part: 152 and not 153 characters are in the first.
        ("a" * 152 + "€" + "a" * 151, Parts("GSM-7", 2)),
        ("a" * 152 + "€" + "a" * 152, Parts("GSM-7", 3)),
        ("í", Parts("UCS-2", 1)),
        ("í" * 70, Parts("UCS-2", 1)),
        ("í" * 71, Parts("UCS-2", 2)),
        ("í" * 134, Parts("UCS-2", 2)),
        ("í" * 135, Parts("UCS-2", 3)),
        ("👋" * 35, Parts("UCS-2", 1)),
        ("👋" * 36, Parts("UCS-2", 2)),
        # A surrogate pair is not split: 33 of them are in a part of 67.
        ("👋" * 66, Parts("UCS-2", 2)),
        ("👋" * 67, Parts("UCS-2", 3)),
    ],
)
def test_parts_are_counted(text: str, expected: Parts) -> None:
    """NT-02: an SMS is counted as the network does: GSM-7 with escapes, UCS-2 with surrogate pairs."""
    assert expected == parts_of(text)


@given(st.text(max_size=400), st.text(max_size=40))
def test_more_text_takes_no_fewer_parts(text: str, more: str) -> None:
    """NT-02: text that is added never makes an SMS shorter."""
    assert parts_of(text).count <= parts_of(text + more).count
