"""The pages of companies, case managers, their logins, tasks and settings of bookings, in every state."""

from collections.abc import Callable, Mapping

from tests.e2e.insurers import Insurer
from tests.e2e.page_steps import DEAD_TOKEN, State, at, hold_another_version, press, tick, write
from tests.e2e.world import World

WRONG_CONTACT = "The email address or the phone number is not right. Please check it."


def company(page: str = "") -> Callable[[World], str]:
    """A page of the company."""
    return lambda world: f"{world.insurer.page}{page}"


def person(who: Callable[[Insurer], str], page: str = "") -> Callable[[World], str]:
    """A page of one of its people."""
    return lambda world: f"/case-managers/{who(world.insurer)}{page}"


def offer(state: str) -> Callable[[World], str]:
    """The page behind an offer's link."""
    return lambda world: f"/offer/{world.insurer.offers[state]}"


OFFERS: Mapping[str, State] = {
    "offer": at(offer("open"), seen="What a login gives you"),
    "offer, yes": at(offer("accepted"), seen="Thank you, you said yes"),
    "offer, no": at(offer("declined"), seen="You can still say yes."),
    "offer, unknown": at(f"/offer/{DEAD_TOKEN}", seen="We do not know this link"),
}
CASE_MANAGERS: Mapping[str, State] = {
    "companies": at("/companies", seen="Harbor Insurance"),
    "companies, nothing found": at("/companies?query=zubizarreta&status=ACTIVE", seen="Nothing found."),
    "new company, taken": at(
        "/companies/new",
        write("Name", "harbor insurance"),
        press("Add company"),
        seen="There is a company with this name already.",
    ),
    "company": at(company(), seen="Main contact"),
    "company, wrong phone": at(company(), write("Phone", "12"), press("Save"), seen=WRONG_CONTACT),
    "company, changed meanwhile": at(
        company(), hold_another_version, press("Save"), seen="Somebody else changed this meanwhile"
    ),
    "company, deactivate": at(
        company("/deactivate"),
        seen="It takes no new case managers, cases or requests. "
        "What is booked goes on, and its case managers keep their logins.",
    ),
    "new unit, taken": at(
        company("/units/new"),
        write("Name", "north"),
        press("Save"),
        seen="The company has a business unit with this name already.",
    ),
    "unit": at(lambda world: f"{world.insurer.page}/units/{world.insurer.unit}", seen="Rename the business unit"),
    "unit, not empty": at(
        lambda world: f"{world.insurer.page}/units/{world.insurer.unit}/remove",
        press("Remove"),
        seen="Show who belongs to it",
    ),
    "no such company": at(lambda world: f"/companies/{world.invited.id}", seen="There is no such company."),
    "case managers": at("/case-managers", seen="Activation sent"),
    "case managers, filters": at(
        lambda world: f"/case-managers?company={world.insurer.company}&login=OFFERED", seen="said yes"
    ),
    "case managers, by login": at("/case-managers?order=login_status", seen="Activation sent"),
    "case managers, nothing found": at("/case-managers?query=zubizarreta", seen="Nothing found."),
    "new case manager, wrong phone": at(
        lambda world: f"/case-managers/new?company={world.insurer.company}",
        write("Given name", "Hana"),
        write("Family name", "Sato"),
        write("Mobile phone", "12"),
        press("Add case manager"),
        seen=WRONG_CONTACT,
    ),
    "profile": at(
        person(lambda insurer: insurer.active),
        seen="Agreed, as your staff noted: %(time)s",
        told="case-manager-created",
        time="",
    ),
    "profile, another's address": at(
        person(lambda insurer: insurer.without),
        write("Email", lambda world: world.insurer.username),
        press("Save"),
        seen="Show who has this address",
    ),
    "profile, inactive": at(
        person(lambda insurer: insurer.inactive),
        seen="An inactive case manager is put on no case and no request, and cannot sign in. "
        "Past bookings keep the name.",
    ),
    "deactivate": at(
        person(lambda insurer: insurer.active, "/deactivate"),
        seen="This person is signed out and can no longer sign in, and is put on no case and no request. "
        "Open tasks go to your staff. Activating undoes it.",
    ),
    "login, none": at(
        person(lambda insurer: insurer.without, "/login"),
        tick("Enable Login"),
        tick("Offer Online Account"),
        press("Save"),
        seen="Please tick one of the two: who gets a login need not be asked whether they want one.",
    ),
    "login, waits for activation": at(
        person(lambda insurer: insurer.pending, "/login"), seen="Activation link good until"
    ),
    "login, active": at(person(lambda insurer: insurer.active, "/login"), seen="Show it among the login users"),
    "login, offered": at(person(lambda insurer: insurer.offered, "/login"), seen="Link of the offer good until"),
    "login, accepted": at(
        person(lambda insurer: insurer.accepted, "/login"), seen="This person said yes to a login. Please enable it."
    ),
    "login, too soon": at(
        person(lambda insurer: insurer.declined, "/login"),
        tick("Offer Online Account"),
        press("Save"),
        seen="This person said no, and that was less than 30 days ago. Please say why you ask again, or wait.",
    ),
    "login, inactive": at(
        person(lambda insurer: insurer.inactive, "/login"),
        seen="This case manager is inactive. Please activate them first.",
    ),
    "login, disable": at(
        person(lambda insurer: insurer.active, "/login/disable"),
        seen="All devices of this person are signed out at once, and there is no way in until you enable it.",
    ),
    "history of a person": at(person(lambda insurer: insurer.accepted, "/history"), seen="Said yes to a login"),
    "tasks of a person": at(person(lambda insurer: insurer.accepted, "/tasks"), seen="anybody of the staff"),
    "no such case manager": at(
        lambda world: f"/case-managers/{world.invited.id}", seen="There is no such case manager."
    ),
    "tasks": at("/tasks", seen="Done by hand", told="TASK_CLOSED"),
    "tasks, none done": at("/tasks?state=DONE", seen="There is no such task."),
    "task": at(lambda world: f"/tasks/{world.insurer.task}", seen="Give it to somebody else"),
    "tasks, everybody's": at("/tasks?whose=all", seen="anybody of the staff"),
    "new task": at("/tasks/new", seen="What is to be done"),
    "new task for somebody": at(
        lambda world: f"/tasks/new?whom={world.insurer.active}", write("What is to be done", "Call back"), seen="For"
    ),
    "settings of bookings": at("/booking-settings", seen="Who says yes to the offer of a login gets it at once"),
}
NOBODY_YET: Mapping[str, State] = {
    "no company yet": at("/companies", seen="There is no company yet."),
    "no case manager yet": at("/case-managers", seen="There is no case manager yet."),
    "new case manager, no company": at(
        "/case-managers/new", seen="Each case manager belongs to one. Please add it first."
    ),
    "no task": at("/tasks", seen="Nothing is to be done."),
}
OWN: Mapping[str, State] = {
    "overview": at("/cm", seen="Waits for you"),
    "own tasks": at("/cm/tasks", seen="Call the solicitor back"),
    "own tasks, late ones": at("/cm/tasks?late=yes", seen="There is no such task."),
    "own unit's tasks": at("/cm/tasks?whose=unit", seen="Ana Whitfield"),
    "own task": at(lambda world: f"/cm/tasks/{world.insurer.task}", seen="After ten"),
    "new task of one's own": at("/cm/tasks/new", seen="At 5 in the afternoon of that day."),
    "my profile, wrong phone": at("/cm/settings", write("Mobile phone", "12"), press("Save"), seen=WRONG_CONTACT),
    "account of a case manager": at("/account", seen="Where you are signed in"),
}
