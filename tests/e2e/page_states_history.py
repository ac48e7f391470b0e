"""What was booked so far, of staff, of case managers and of a specialist, in every state."""

from collections.abc import Callable, Mapping

from tests.e2e.page_steps import State, at, open_menu, unfold
from tests.e2e.world import World


def booked(path: str) -> Callable[[World], str]:
    """The page, once something was asked for of Noah's case."""

    def opened(world: World) -> str:
        admin, case = world.agency.admin, world.insurer.case
        if not admin.get(f"/v1/bookings?caseId={case}").get("bookings"):
            admin.post("/v1/bookings", caseId=case, wishes={"windows": []})
        return path

    return opened


def of_company(world: World) -> str:
    """The page narrowed to a company that has units."""
    return f"{booked('/staff/history')(world)}?company={world.insurer.company}&create_last_day=2199-01-05"


HISTORY: Mapping[str, State] = {
    "history": at(booked("/staff/history"), unfold("Filters"), seen="How it is held"),
    "history of a company": at(of_company, seen="All units"),
    "history, downloading": at(booked("/staff/history"), open_menu, seen="Excel (XLSX)"),
    "history, filters": at(
        booked("/staff/history?when=coming&needs=report_overdue&first_day=2026-01-05"), seen="Nothing found."
    ),
}
NO_HISTORY: Mapping[str, State] = {"no history yet": at("/staff/history", seen="No bookings yet.")}
OWN_HISTORY: Mapping[str, State] = {
    "own history": at(booked("/cm/history"), seen="Download all"),
    "history of the unit": at(booked("/cm/history?scope=unit"), seen="Case manager"),
    "own history, nothing found": at("/cm/history?query=zubizarreta", seen="Perhaps a filter is in the way?"),
}
BOOKED_HISTORY: Mapping[str, State] = {
    "history of who is booked": at("/sp/history?query=zubizarreta", seen="Nothing found.")
}
