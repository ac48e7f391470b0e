"""The pages of cases, of staff and of case managers, and of value lists, in every state."""

from collections.abc import Callable, Mapping

from tests.e2e.page_steps import State, at, press, write
from tests.e2e.world import World


def case(side: str, page: str = "") -> Callable[[World], str]:
    """A page of Noah's case."""
    return lambda world: f"/{side}/cases/{world.insurer.case}{page}"


def new_case(world: World) -> str:
    """The form for Ana's next one."""
    return f"/staff/cases/new?case_manager={world.insurer.active}"


CASES: Mapping[str, State] = {
    "cases": at("/staff/cases", seen="Noah Tran"),
    "cases, filters": at(
        lambda world: f"/staff/cases?company={world.insurer.company}&state=CLOSED", seen="Closed case"
    ),
    "cases, nothing found": at("/staff/cases?query=zubizarreta", seen="Nothing found."),
    "new case, for whom": at("/staff/cases/new", seen="For which case manager?"),
    "new case, nobody found": at("/staff/cases/new?query=zubizarreta", seen="Nothing found."),
    "new case, with a party": at(
        new_case,
        write("Given name", "Hana"),
        write("Family name", "Sato"),
        press("Add a party"),
        seen="Leave it empty to take the party away.",
    ),
    "new case, wrong phone": at(
        new_case,
        write("Given name", "Hana"),
        write("Family name", "Sato"),
        write("Phone", "12"),
        press("Add case"),
        seen="The email address or the phone number is not right. Please check it.",
    ),
    "new case, perhaps there already": at(
        new_case,
        write("Given name", "Noah"),
        write("Family name", "Tran"),
        write("File number of the company", "hi 42"),
        press("Add case"),
        seen="The file number is the same.",
    ),
    "case": at(case("staff"), seen="Prefers mornings.", told="case-created"),
    "case, changing": at(case("staff", "/edit"), seen="Who books for it"),
    "case, closing": at(
        case("staff", "/close"),
        seen="It takes no new request, and nothing of it is changed. What was booked stays. You can open it again.",
    ),
    "case, closed": at(
        lambda world: f"/staff/cases/{world.insurer.closed_case}",
        seen="A closed case takes no new request, and nothing of it is changed.",
    ),
    "no such case": at(
        lambda world: f"/staff/cases/{world.invited.id}", seen="There is no such case, or you have no access to it."
    ),
    "settings of bookings, wrong": at(
        "/booking-settings",
        write("Days before a date", "31"),
        press("Save"),
        seen="A number is too small or too large. Please check them.",
    ),
    "lists": at("/value-lists", seen="Types of service"),
    "list": at("/value-lists/specialties", seen="Values"),
}
NO_CASE_YET: Mapping[str, State] = {
    "no case yet": at("/staff/cases", seen="There is no case yet."),
    "new case, nobody active": at("/staff/cases/new", seen="No case manager is active."),
}
OWN_CASES: Mapping[str, State] = {
    "own cases": at("/cm/cases", seen="Noah Tran"),
    "cases of the unit": at("/cm/cases?scope=unit", seen="Case manager"),
    "own case": at(case("cm"), seen="Mia Ortiz"),
    "own case, changing": at(case("cm", "/edit"), seen="Leave it empty to take the party away."),
    "own new case": at("/cm/cases/new", seen="Their consent was received"),
}
