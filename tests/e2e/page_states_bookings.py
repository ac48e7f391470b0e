"""The pages of bookings and of the tasks that they ask for, of each side, in every state."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from tests.e2e.browser import Window
from tests.e2e.page_steps import State, at, press, tick, unfold, write
from tests.e2e.world import World

BOOKED_AT_ONCE = "This time is booked at once."


def booking(side: str, name: str, page: str = "") -> Callable[[World], str]:
    """A page of the booking of which this became."""
    return lambda world: f"/{side}/bookings/{world.diary.bookings[name]}{page}"


def requesting(side: str, page: str = "", **asked: str) -> Callable[[World], str]:
    """A page of the request for Noah's case; a word of `asked` may name a time of the diary."""

    def path(world: World) -> str:
        known = {name: getattr(world.diary, value, value) for name, value in asked.items()}
        return f"/{side}/request{page}?{urlencode({'case': world.diary.cases['wished'], **known})}"

    return path


def offering(*chosen: str) -> Callable[[World], str]:
    """The offer dialog of Noah's request, with times of the diary chosen."""

    def path(world: World) -> str:
        named = {"slot": ["slot"], "own": ["own_time"]}
        keys = [(name, getattr(world.diary, each)) for name in chosen for each in named[name]]
        return f"/staff/bookings/{world.diary.bookings['wished']}/offer?{urlencode(keys)}"

    return path


def moving_to(side: str, name: str, slot: str) -> Callable[[World], str]:
    """The last step of a move to a time of the diary."""
    return lambda world: (
        f"/{side}/bookings/{world.diary.bookings[name]}/move/check?{urlencode({'slot': getattr(world.diary, slot)})}"
    )


async def offer(window: Window, _: World) -> None:
    """What is chosen, by the button whose words have a number."""
    await window.hand.press(window.page.locator("section[aria-labelledby=chosen] form button"))


BOARD: Mapping[str, State] = {
    "board": at("/staff/bookings", seen="Another time is asked for"),
    "board, mine": at("/staff/bookings?scope=mine", seen="No open requests."),
    "bookings": at("/staff/bookings/list", seen="Answer the request"),
    "bookings, filters": at("/staff/bookings/list?state=REQUESTED&state=OFFERED", seen="not known yet"),
    "bookings, nothing found": at("/staff/bookings/list?state=REPORTED", seen="Perhaps a filter is in the way?"),
    "request, for whom": at("/staff/request", seen="For which case?"),
    "request, no case found": at("/staff/request?query=zubizarreta", seen="Nothing found."),
    "booking, asked": at(booking("staff", "asked"), seen="Accept: the specialist said yes"),
    "booking, wished": at(booking("staff", "wished"), unfold("Add note"), seen="Offer times", told="booking-saved"),
    "booking, offered": at(booking("staff", "offered"), unfold("More"), seen="Held until"),
    "booking, confirmed": at(booking("staff", "confirmed"), unfold("More"), seen="Move to another time"),
    "booking, move asked": at(booking("staff", "moving"), seen="Leave it at its time"),
    "booking, over": at(booking("staff", "over"), seen="Record outcome"),
    "booking, missed": at(booking("staff", "missed"), seen="Nobody came to the appointment."),
    "booking, cancelled": at(booking("staff", "cancelled"), seen="The claim was settled."),
    "no such booking": at(
        lambda world: f"/staff/bookings/{world.invited.id}",
        seen="There is no such booking, or you have no access to it.",
    ),
    "offer, nothing chosen": at(offering(), seen="Nothing yet. Choose up to five times below."),
    "offer": at(offering("slot", "own"), seen="your own time"),
    "offer, own time": at(offering("slot"), unfold("Another time of your own"), seen="Add this time"),
    "offer, too early": at(offering("own"), offer, seen="Why a time that the specialist did not enter"),
    "decline": at(
        booking("staff", "wished", "/decline"),
        seen="The request ends here, and held times are free again. The case manager reads the reason.",
    ),
    "decline, no reason": at(
        booking("staff", "wished", "/decline"), write("Comment", "Sorry"), press("Decline"), seen="Reason"
    ),
    "decline a move": at(booking("staff", "moving", "/decline-move"), seen="For the case manager"),
    "give to another": at(
        booking("staff", "confirmed", "/assign"), seen="Its tasks go along. Both are told by their calendars."
    ),
    "outcome": at(booking("staff", "over", "/outcome"), seen="Did the person come to the appointment?"),
    "cancel, staff": at(booking("staff", "confirmed", "/cancel"), seen="Ask the case manager to book again"),
    "kind of a cancellation": at(
        booking("staff", "cancelled", "/cancellation-kind"), seen="The history keeps what it was before."
    ),
    "move, staff": at(booking("staff", "confirmed", "/move"), seen="Move here"),
    "move, own time": at(
        booking("staff", "confirmed", "/move/own"), seen="Why a time that the specialist did not enter"
    ),
    "tasks of bookings": at("/tasks?whose=all", seen="A case manager asks for an appointment."),
    "task of a booking": at(lambda world: f"/tasks/{world.diary.task}", seen="A case manager asks for an appointment."),
    "case with bookings": at(lambda world: f"/staff/cases/{world.diary.cases['confirmed']}", seen="Amara Nwosu"),
    "why a time is not free": at(
        lambda world: f"/staff/slots/why?specialist={world.diary.specialist}&day=2027-03-07&clock=03:00",
        seen="No times are entered for then.",
    ),
    "calendar, booked": at("/staff/calendar", seen="Booked"),
}
BOOKER: Mapping[str, State] = {
    "overview with bookings": at("/cm", seen="Waits for you"),
    "bookings of one's own": at("/cm/bookings", seen="Choose a time"),
    "bookings of the unit": at("/cm/bookings?scope=unit", seen="Take over"),
    "bookings, none so": at("/cm/bookings?state=REPORTED", seen="Perhaps a filter is in the way?"),
    "request, case": at("/cm/request", seen="Open cases"),
    "request, times": at(requesting("cm"), seen="No time fits? Say when it would suit"),
    "request, no times": at(requesting("cm", **{"from": "2031-01-01"}), seen="No free time in these weeks."),
    "request, wishes": at(requesting("cm", "/wishes"), seen="When would it suit?"),
    "request, wrong wish": at(
        requesting("cm", "/wishes", day1="2036-03-01", since1="17:00", until1="09:00"),
        press("Continue"),
        seen="The end must come after the beginning, and must not be over.",
    ),
    "request, sure": at(requesting("cm", "/check", slot="slot"), seen=BOOKED_AT_ONCE),
    "request, asked first": at(
        requesting("cm", "/check", slot="asked_slot"),
        seen="We ask the specialist first, and write as soon as we know. The time is not held until then.",
    ),
    "request, by wishes": at(
        requesting("cm", "/check", day1="2036-03-01"), seen="We look for a time, and offer you some."
    ),
    "request, gone": at(
        requesting("cm", "/check", slot="gone_slot"), seen="This time is no longer free. Please choose another one."
    ),
    "own booking, requested": at(
        booking("cm", "wished"), seen="We look for a time, and write as soon as there is one.", told="booking-requested"
    ),
    "own booking, asked first": at(booking("cm", "asked"), unfold("More"), seen="Cancel booking"),
    "own booking, offered": at(booking("cm", "offered"), seen="Held for you until"),
    "own booking, nothing left": at(booking("cm", "gone"), seen="Ask for other times"),
    "own booking, confirmed": at(booking("cm", "confirmed"), unfold("More"), seen="The appointment is booked."),
    "own booking, move asked": at(
        booking("cm", "moving"), seen="Until somebody answers, the appointment stays where it is."
    ),
    "own booking, took place": at(booking("cm", "attended"), seen="The appointment took place. The report comes next."),
    "own booking, missed": at(booking("cm", "missed"), seen="Book again"),
    "own booking, cancelled": at(booking("cm", "cancelled"), seen="The claim was settled."),
    "own booking, declined": at(booking("cm", "declined"), seen="Why it was declined"),
    "own booking, expired": at(booking("cm", "expired"), seen="Nobody answered in time, so this ended by itself."),
    "colleague's booking": at(
        booking("cm", "colleague"),
        seen="This is %(name)s’s booking. You read it because you are in the same unit.",
        name="Ivo Marković",
    ),
    "take over": at(
        booking("cm", "colleague", "/take-over"),
        seen="The booking and its tasks become yours, and messages about it go to you.",
    ),
    "ask for other times": at(
        booking("cm", "offered", "/refuse"), seen="Which of the times do not suit? With none chosen it is all of them."
    ),
    "cancel": at(booking("cm", "confirmed", "/cancel"), seen="What it costs:"),
    "move": at(booking("cm", "confirmed", "/move"), seen="Until now:"),
    "move, last step": at(
        moving_to("cm", "confirmed", "slot"), seen="It is moved at once. Number, paperwork and history stay."
    ),
    "move, asked": at(
        moving_to("cm", "confirmed", "asked_slot"),
        seen="Staff are asked. Until they answer, the appointment stays where it is.",
    ),
    "move, wishes": at(
        booking("cm", "confirmed", "/move/wishes"),
        seen="Staff look for another time. Until they answer, the appointment stays where it is.",
    ),
    "own tasks of bookings": at("/cm/tasks", seen="The times are held for a while."),
    "own task of a booking": at(
        lambda world: f"/cm/tasks/{world.diary.own_task}", seen="The times are held for a while."
    ),
    "case of bookings": at(lambda world: f"/cm/cases/{world.diary.cases['confirmed']}", seen="Amara Nwosu"),
}
BOOKED: Mapping[str, State] = {
    "today, booked": at("/sp", seen="Your appointments"),
    "bookings of a specialist": at("/sp/bookings", seen="Patrick O’Brien"),
    "bookings of a specialist, none so": at("/sp/bookings?state=REPORTED", seen="Nothing found."),
    "booking of a specialist": at(booking("sp", "confirmed"), seen="The appointment is booked."),
    "booking, over, of a specialist": at(booking("sp", "over"), seen="Record outcome"),
    "booking, cancelled, of a specialist": at(booking("sp", "cancelled"), seen="This booking was cancelled."),
    "outcome, by the specialist": at(booking("sp", "over", "/outcome"), tick("The person came"), seen="Outcome"),
    "tasks of a specialist": at("/sp/tasks", seen="Tasks"),
}
