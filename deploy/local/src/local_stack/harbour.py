"""The demo's provider of assessments: its people, places and times, entered as its staff would do it."""

from collections.abc import Sequence
from functools import partial

from local_stack.demo_list import token_in_link
from local_stack.hands import each
from local_stack.harbour_bookings import load_bookings
from local_stack.harbour_entry import Entry
from local_stack.harbour_people import AMELIA, CASE_MANAGERS, CHEN, JACK, PRIYA, DemoCaseManager, Wish
from local_stack.organizations import create_organization, let_in, let_staff_member_in
from local_stack.person import Login, Person
from local_stack.stack import Stack

SLUG = "harbour-assessments"
ADMINISTRATOR, STAFF_MEMBER = "admin@harbour.example", "nina@harbour.example"
ORGANIZATION = {
    "--slug": SLUG,
    "--name": "Harbour Assessments",
    "--country": "AU",
    "--time-zone": "Australia/Sydney",
    "--languages": "en,es",
    "--admin-username": ADMINISTRATOR,
    "--admin-name": "Kate Lawson",
}
PROFILE = {
    "--slug": SLUG,
    "--phone": "+61 2 5550 0100",
    "--email": "hello@harbour.example",
    "--hours": "Mon to Fri, 8 am to 6 pm",
    "--web-page": "https://harbour.example",
    "--color": "#1b4f72",
}
_SHOWN = (("CASE_MANAGER", AMELIA), ("CASE_MANAGER", JACK), ("CASE_MANAGER", PRIYA), ("SPECIALIST", CHEN))
"""Whose logins are told at each start: two case managers of one unit, one of another company, a specialist."""


def logins_of(stack: Stack) -> list[Login]:
    """Whoever can be signed in as, the administrator first; the others only where the stack has an inbox."""
    people = [("STAFF_ADMIN", ADMINISTRATOR)]
    if stack.external.smtp_url is None:
        people += [("STAFF", STAFF_MEMBER), *((role, person.email) for role, person in _SHOWN)]
    return [_login(stack, role, username) for role, username in people]


def _login(stack: Stack, role: str, username: str) -> Login:
    password = stack.secrets.typeable_password(f"demo/{SLUG}/{username}")
    return Login(role=role, realm=SLUG, username=username, password=password)


def load(stack: Stack, anybody: Person, logins: Sequence[Login]) -> None:
    """Enters everybody and everything; each call is done once however often an interrupted start repeats it."""
    administrator, *others = logins
    create_organization(stack, ORGANIZATION, PROFILE, password=administrator.password)
    entry = Entry(anybody.sign_in(administrator))
    entry.people()
    hands: dict[str, Person] = {}
    if others:
        let_staff_member_in(anybody, entry.staff, others[0], stack.inbox, name="Nina Costa", language="en")
        doors = _Doors(stack, anybody, entry)
        hands = {email: hand for email, hand in each(doors.open, CASE_MANAGERS) if hand}
        hands[CHEN.email] = doors.open_for_specialist()
    entry.matters()
    load_bookings(entry, hands)


class _Doors:
    """How people get their logins: they are invited, and some of them come in."""

    def __init__(self, stack: Stack, anybody: Person, entry: Entry) -> None:
        self._stack, self._anybody, self._entry = stack, anybody, entry

    def open(self, person: DemoCaseManager) -> tuple[str, Person | None]:
        """Brings a case manager's login where it is wished to be; their address, and who signs in, if they do."""
        path, hand = f"/v1/case-managers/{self._entry.case_manager_ids[person]}", None
        match person.wish:
            case Wish.OFFERED:
                self._command(f"{path}:offerLogin")
            case Wish.DECLINED:
                self._command(f"{path}:offerLogin")
                self._decline(person, path)
            case Wish.ACTIVATION_SENT:
                self._command(f"{path}:enableLogin")
            case Wish.LOGIN:
                hand = self._let_in("CASE_MANAGER", person.email, path)
        return person.email, hand

    def _decline(self, person: DemoCaseManager, path: str) -> None:
        """Answers no, by the link in the message; unless that was done, when the message may be gone."""
        if self._entry.staff.get(path)["login"]["status"] != Wish.DECLINED:
            token = token_in_link(self._stack.inbox, person.email, page="offer")
            self._anybody.post("/v1/login-offers:answer", {"token": token, "answer": "NO"})

    def open_for_specialist(self) -> Person:
        """Lets the one in whose login is told."""
        return self._let_in("SPECIALIST", CHEN.email, f"/v1/specialists/{self._entry.specialist_ids[CHEN]}")

    def _let_in(self, role: str, username: str, path: str) -> Person:
        login = _login(self._stack, role, username)
        return let_in(self._anybody, login, self._stack.inbox, partial(self._command, f"{path}:enableLogin"))

    def _command(self, path: str) -> None:
        self._entry.staff.post_once(path, {}, name=path)
