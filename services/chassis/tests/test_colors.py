"""Every colour that an organization can choose gives pages and emails that can be read."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chassis.colors import MIN_CONTRAST, contrast, is_color, legible, on_ground

COLORS = st.tuples(*[st.integers(0, 255)] * 3).map(lambda rgb: "#" + "".join(f"{part:02x}" for part in rgb))


@given(COLORS)
@example("#767676")
@example("#808080")
def test_text_can_be_read_on_every_colour(color: str) -> None:
    """CASE-U22: whatever the colour, what is written on it has a contrast of 4.5 or more; most colours stay."""
    pair = on_ground(color)
    assert MIN_CONTRAST <= contrast(pair.ground, pair.text)
    if max(contrast(color, text) for text in ("#ffffff", "#111111")) >= MIN_CONTRAST:
        assert color == pair.ground


@given(COLORS, st.sampled_from([("#ffffff", "#f7f7f4"), ("#121714", "#1b221e")]))
def test_every_colour_can_be_read_on_a_page(color: str, grounds: tuple[str, ...]) -> None:
    """CASE-U22: whatever the colour, its shade for text has a contrast of 4.5 or more on each ground of a page."""
    shade = legible(color, *grounds)
    assert MIN_CONTRAST <= min(contrast(shade, ground) for ground in grounds)
    assert shade == legible(shade, *grounds)


def test_contrast_is_what_the_standard_says() -> None:
    """CASE-U22: black on white has 21, a colour on itself 1, and the grey that everybody quotes 4.54."""
    measured = [contrast("#000000", "#ffffff"), contrast("#14603a", "#14603a"), contrast("#767676", "#ffffff")]
    assert [21.0, 1.0, 4.54] == [round(each, 2) for each in measured]


@pytest.mark.parametrize("text", ["", "14603a", "#14603A", "#14603", "#14603ag", "red", "#١٤٦٠٣٠"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    """CASE-U22: a colour has one form; nothing else is taken for one."""
    assert not is_color(text)
    with pytest.raises(ValueError, match="is not a colour"):
        contrast(text, "#ffffff")


def test_nothing_can_be_read_on_black_and_white() -> None:
    """CASE-U22: grounds that no colour can be read on are refused."""
    with pytest.raises(ValueError, match="nothing can be read"):
        legible("#14603a", "#000000", "#767676", "#ffffff")
