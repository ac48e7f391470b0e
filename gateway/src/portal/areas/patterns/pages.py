"""The page of patterns, and the question that it asks."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from starlette.responses import Response

from chassis.wire import timestamp
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.i18n import N_, I18n

MONDAY = date(2026, 11, 30)
NOON = datetime(2026, 11, 30, 18, tzinfo=UTC)
FAMILIES = (("A-000312", "Agnieszka Kowalska", "UNDELIVERABLE"), ("A-000311", "Lucía Morales", "INVITED"))
STATES: Mapping[str, str] = {
    "LINKED": N_("Linked"),
    "INVITED": N_("Invited"),
    "UNDELIVERABLE": N_("Not delivered"),
    "CLOSED": N_("Closed"),
}
"""A state of each colour: good, waiting, bad, calm."""


async def show(context: PageContext) -> Response:
    """Every part in every state, with what it could hold."""
    words = context.i18n
    filled = {"given_name": "Lucía", "phone": "12", "message": "", "organization": "sunrise"}
    problems = {"phone": [words(N_("This is not a phone number."))]}
    return context.render(
        "patterns/patterns.html",
        form=Form(filled, problems, words(N_("The email address or the phone number is not right. Please check it."))),
        states=[(state, words(said)) for state, said in STATES.items()],
        chips=[
            (state, words(said), state == "INVITED", 12 * place) for place, (state, said) in enumerate(STATES.items())
        ],
        families=[(number, name, state, words(STATES[state])) for number, name, state in FAMILIES],
        address=lambda order: f"/patterns?order={order}",
        noon=timestamp(NOON),
        soon=timestamp(datetime.now(UTC) + timedelta(minutes=12)),
        days=_week(words),
        status=200,
    )


async def ask(context: PageContext) -> Response:
    """The question that stands in a dialog."""
    return context.render("patterns/question.html")


async def come_back(context: PageContext) -> Response:
    """Does nothing, and says so."""
    return context.redirect("/patterns", flash="patterns-pressed")


def _week(words: I18n) -> list[tuple[str, bool, list[tuple[str, str, str, str, str]]]]:
    """A week with something of each kind; the days as `parts/week.html` takes them."""
    free, taken, asked = words(N_("Free")), words(N_("Booked")), words(N_("Asked for"))
    entries = {
        0: [("9:00", "11:30", free, "", "free"), ("13:00", "14:00", taken, "/patterns", "taken")],
        2: [("9:00", "12:00", asked, "/patterns", "asked")],
        3: [("8:30", "10:00", free, "", "free")],
        4: [("", "", words(N_("Time off")), "", "away")],
    }
    days = [MONDAY + timedelta(days=place) for place in range(7)]
    return [(words.weekday(day), day == MONDAY, entries.get(place, [])) for place, day in enumerate(days)]
