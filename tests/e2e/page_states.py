"""Every page in every state: where it is, what is done there, and what is then to be seen (in English)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.e2e.families import PASSWORD
from tests.e2e.page_states_bookings import BOARD, BOOKED, BOOKER
from tests.e2e.page_states_case_managers import CASE_MANAGERS, NOBODY_YET, OFFERS, OWN
from tests.e2e.page_states_cases import CASES, NO_CASE_YET, OWN_CASES
from tests.e2e.page_states_files import FILES, NO_FILE_YET, OWN_FILES, SENT_FILES
from tests.e2e.page_states_history import BOOKED_HISTORY, HISTORY, NO_HISTORY, OWN_HISTORY
from tests.e2e.page_states_people import PEOPLE
from tests.e2e.page_states_reports import FILED_REPORTS, NO_REPORT_YET, OWN_REPORTS, REPORTS
from tests.e2e.page_states_schedules import FINDING, NO_SCHEDULE, OWN_TIMES, SCHEDULES
from tests.e2e.page_steps import (
    DEAD_TOKEN,
    LOST_FORM,
    State,
    at,
    await_preview,
    batch_of,
    forget_who_looks,
    guardian,
    newly_expired,
    open_account,
    open_menu,
    press,
    row,
    sign_in_as_staff,
    start_batch,
    unfold,
    withdrawn,
    write,
)
from tests.e2e.people import ADMIN_PASSWORD
from tests.e2e.world import World

VISITOR: Mapping[str, State] = {
    "home": at("/", seen="I have an invitation"),
    "find my organization": at("/sign-in", seen="People of an organization"),
    "organization found": at(
        "/sign-in",
        write("Name of your organization", lambda world: world.agency.slug),
        press("Search"),
        seen="Where do you sign in?",
    ),
    "organization, too short": at(
        "/sign-in",
        write("Name of your organization", "ma"),
        press("Search"),
        seen="Please type at least three letters or digits.",
    ),
    "organization, none found": at(
        "/sign-in",
        write("Name of your organization", "zubizarreta"),
        press("Search"),
        seen="No organization was found.",
    ),
    "organization, sent": at(
        "/sign-in",
        write("Email", "nobody@example.org"),
        press("Send the message"),
        seen="If somebody signs in with %(email)s, a message with the links is on its way.",
        email="nobody@example.org",
    ),
    "no such organization": at(
        "/o/nowhere/sign-in",
        seen="There is no organization at this address. Please check the link that you were given.",
    ),
    "no such page": at("/nothing", seen="There is no page at this address."),
    "patterns": at("/patterns", seen="Every part that pages are put together from, in each of its states."),
    "help": at("/help", unfold("I forgot my password."), seen="Forgot password"),
    "help with passwords": at("/help/passwords", seen="What is a good password?"),
    "code": at("/link", seen="Application number"),
    "code, wrong number": at(
        "/link",
        write("Code", lambda world: world.invited.mailbox.code(count=2)),
        write("Application number", "A-999999"),
        press("Go on"),
        seen="The code and the application number do not belong together. Please check both.",
    ),
    "invitation": at(
        lambda world: world.invited.link(count=2),
        unfold("I have an account with another email address or phone number"),
        seen="Sign in and add it",
    ),
    "invitation, weak password": at(
        lambda world: world.invited.link(count=2),
        write("New password", "short"),
        press("Make my account"),
        seen="Please choose another password.",
    ),
    "invitation, with account": at(
        lambda world: world.known,
        write("Email address or phone number", "nobody@example.org"),
        write("Password", "something"),
        press("Sign in and add it"),
        seen="The username or the password is not right.",
    ),
    "invitation, expired": at(lambda world: world.expired.link(), seen="Send me a new one"),
    "invitation, asked for anew": at(newly_expired, press("Send me a new one"), seen="Check your messages"),
    "invitation, withdrawn": at(lambda world: world.withdrawn.link(), seen="This invitation was withdrawn"),
    "invitation, replaced": at(lambda world: world.replaced, seen="There is a newer invitation"),
    "invitation, used": at(lambda world: world.used, seen="This invitation was used already"),
    "invitation, unknown": at(f"/i/{DEAD_TOKEN}", seen="We do not know this invitation"),
    "family sign-in": at("/family/sign-in", seen="You are signed out.", told="signed-out"),
    "family sign-in, refused": at(
        "/family/sign-in",
        write("Email address or phone number", "nobody@example.org"),
        write("Password", "something"),
        press("Sign in"),
        seen="The username or the password is not right.",
    ),
    "family sign-in, a number of another country": at(
        "/family/sign-in",
        write("Email address or phone number", "07400 123456"),
        write("Password", "something"),
        press("Sign in"),
        seen="Please type the phone number with + and its country code: +1 202 555 0123.",
    ),
    "staff sign-in": at(
        lambda world: f"/o/{world.agency.slug}/sign-in",
        seen="You have been signed out. Please sign in again.",
        told="SESSION_REVOKED",
    ),
    "forgot": at("/family/forgot", seen="Send the message"),
    "forgot, email": at(
        "/family/forgot",
        write("Email address or phone number", "nobody@example.org"),
        press("Send the message"),
        seen="Check your email",
    ),
    "forgot, phone": at(
        "/family/forgot",
        write("Email address or phone number", "+12025550100"),
        press("Send the message"),
        seen="Type the code",
    ),
    "reset by code, refused": at(
        "/family/reset",
        write("Phone number", "+12025550100"),
        write("Code from the SMS", "0000-0000"),
        write("New password", PASSWORD),
        press("Set the new password"),
        seen="This link or code does not work. It was used, or a newer one has taken its place.",
    ),
    "reset, weak password": at(
        lambda world: world.reset,
        write("New password", "short"),
        press("Set the password"),
        seen="Please choose another password.",
    ),
    "reset, dead link": at(f"/family/reset/{DEAD_TOKEN}", seen="This link does not work any more"),
    "activation": at(lambda world: world.activation, seen="Activate your account"),
    "activation, dead link": at(
        lambda world: f"/o/{world.agency.slug}/activate/{DEAD_TOKEN}",
        seen="This link does not work any more",
    ),
}

FAMILY: Mapping[str, State] = {
    "my applications": at("/applications", seen="My applications"),
    "my application": at(lambda world: f"/applications/{world.linked.id}", seen="Where it stands", told="linked"),
    "not my application": at(
        lambda world: f"/applications/{world.invited.id}",
        seen="There is no such application, or you have no access to it.",
    ),
    "invitation, signed in": at(lambda world: world.known, seen="Add the application to my account"),
    "invitation, signed in as somebody else meanwhile": at(
        lambda world: world.known,
        forget_who_looks,
        press("Add the application to my account"),
        seen="Use another account",
    ),
    "for staff": at("/staff/applications", seen="This is for others"),
    "my account, wrong password": at(
        "/account",
        write("Current password", "something"),
        write("New password", PASSWORD),
        press("Change password"),
        seen="The current password is not right.",
    ),
}

FORMER: Mapping[str, State] = {
    "invitation, another's": at(lambda world: world.used, seen="The application belongs to another account."),
    "no application": at("/applications", seen="Nothing is linked to your account yet."),
}

BEGINNERS: Mapping[str, State] = {
    "no application yet": at("/staff/applications", seen="There is no application yet."),
    "no batch yet": at("/staff/batches", seen="There is no batch yet."),
}

STAFF: Mapping[str, State] = {
    "start": at("/start", seen="What needs attention"),
    "list": at("/staff/applications", seen="Next page"),
    # Of one row: the bar stands below the table then, and not over a part of it.
    "list, a page chosen": at(
        lambda world: f"/staff/applications?query={world.invited.number}&selected=page", seen="Invite …"
    ),
    "list, all chosen": at(
        lambda world: f"/staff/applications?query={world.invited.number}&selected=all",
        seen="The only one that matches is chosen.",
        total="1",
    ),
    "list, filters": at("/staff/applications?state=LINKED&status=ACTIVE&status=CLOSED", seen="Under review"),
    "list, second page": at("/staff/applications", press("Next page"), seen="Previous page"),
    "list, nothing found": at("/staff/applications?query=zubizarreta", seen="Nothing found."),
    "list, menu": at(row(lambda world: world.invited), open_menu, seen="Withdraw invitation"),
    "list, two guardians": at(row(lambda world: world.of_two), open_menu, seen="No contact"),
    "dialog": at(row(lambda world: world.invited), press("Reinvite"), seen="Send the invitation"),
    "unlink, asked": at(
        guardian(lambda world: world.linked, "/unlink"),
        seen="This account no longer sees the application, from this moment on.",
    ),
    "account menu": at("/staff/applications/new", open_account, seen="Sign out"),
    "invite": at(guardian(lambda world: world.unlinked, "/invite"), seen="Send the invitation"),
    "invite, no contact": at(
        guardian(lambda world: world.without_contact, "/invite"), seen="Change the contact details"
    ),
    "application, invited": at(lambda world: world.invited.page, open_menu, seen="Good until"),
    "application, expired": at(
        lambda world: world.expired.page,
        seen="The last invitation ran out. Its link and code no longer work.",
    ),
    "application, linked": at(lambda world: world.linked.page, open_menu, seen="Linked since"),
    "application, unlinked": at(lambda world: world.unlinked.page, seen="Undo possible until", told="unlinked"),
    "application, not delivered": at(
        lambda world: world.undelivered.page, seen="Why it did not arrive", told="ACTION_NOT_ALLOWED"
    ),
    "application, two guardians": at(
        lambda world: world.of_two.page,
        seen="Without an email address or a phone number nobody can be invited. Add one first.",
    ),
    "request an update, no words": at(
        lambda world: f"{world.invited.page}/request-update",
        write("What is missing or must be corrected?", " "),
        press("Ask the family"),
        seen="Please say what is missing.",
    ),
    "assignee": at(lambda world: f"{world.invited.page}/assignee", seen="Who works on it?"),
    "contact, wrong phone": at(
        guardian(lambda world: world.invited),
        write("Phone", "12"),
        press("Save"),
        seen="This is not a phone number.",
    ),
    "new application, wrong phone": at(
        "/staff/applications/new",
        write("Given name", "Ana"),
        write("Family name", "Gómez"),
        write("Phone", "12"),
        press("Enter and invite"),
        seen="This is not a phone number.",
    ),
    "new application, more rows": at(
        "/staff/applications/new",
        press("Add a child"),
        press("Add a second guardian"),
        seen="Second guardian",
    ),
    "new application, second look": at(
        "/staff/applications/new",
        write("Given name", "Lucía"),
        write("Family name", "Morales"),
        press("Enter and invite"),
        seen="Please look once more",
    ),
    "application, withdrawn": at(
        lambda world: withdrawn(world).page,
        seen="The last invitation was withdrawn. Its link and code no longer work.",
    ),
    "batch, nothing chosen": at("/staff/batches/new", seen="No application is chosen."),
    "batch, wrong days": at(
        "/staff/batches/new?kind=invite&everything=1&query=williams",
        write("Days that the invitations work", "31"),
        press("Show the preview"),
        seen="Please type a whole number in this range.",
    ),
    "batch, no reason": at(
        "/staff/batches/new?kind=unlink&everything=1&query=williams",
        press("Show the preview"),
        seen="Please choose one.",
    ),
    "batch, preview": at(
        batch_of(lambda world: world.expired, lambda world: world.without_contact, lambda world: world.linked),
        await_preview,
        seen="Add an email address or a phone number, then invite them.",
    ),
    "batch, downloading": at(
        batch_of(lambda world: world.expired), await_preview, open_menu, seen="PDF, at most 5,000 rows"
    ),
    "batch, start later": at(
        batch_of(lambda world: world.expired), await_preview, press("Start later"), seen="Start then"
    ),
    "batch, cancel": at(
        batch_of(lambda world: world.expired), await_preview, press("Cancel the batch"), seen="Cancel this batch?"
    ),
    "batch, running": at(
        batch_of(withdrawn, lambda world: world.without_contact),
        start_batch,
        seen="Who was left out, and why",
        told="batch-paused",
    ),
    "batches": at("/staff/batches", seen="Left out"),
    "settings": at("/settings", seen="Replies to your messages go here. Choose a mailbox that somebody reads."),
    "settings, wrong web page": at(
        "/settings",
        write("Web page", "http://maple.example"),
        press("Save"),
        seen="Please type an address that begins with https://.",
    ),
    "form whose session has ended": at(
        "/staff/applications/new",
        *LOST_FORM,
        seen="You were signed out meanwhile, so nothing was done. Please sign in again, and go on where you were.",
    ),
    "form, signed in again": at(
        lambda world: f"/o/{world.agency.slug}/sign-in?next=/staff/applications/new",
        sign_in_as_staff,
        *LOST_FORM,
        sign_in_as_staff,
        seen="What you typed is still here. It has not been sent yet.",
    ),
}


@dataclass(frozen=True, slots=True)
class Walk:
    """Somebody's way through all their pages; `login` is realm, username and password, or empty."""

    login: Callable[[World], tuple[str, str, str]] | None
    states: Mapping[str, State]


WALKS: Mapping[str, Walk] = {
    "visitor": Walk(None, {**VISITOR, **OFFERS}),
    "family": Walk(lambda world: ("/family", world.linked.mailbox.contact, PASSWORD), FAMILY),
    "former": Walk(lambda world: ("/family", world.unlinked.mailbox.contact, PASSWORD), FORMER),
    "beginners": Walk(
        lambda world: (f"/o/{world.beginners.slug}", world.beginners.username, ADMIN_PASSWORD),
        {**BEGINNERS, **NOBODY_YET, **NO_CASE_YET, **NO_SCHEDULE, **NO_FILE_YET, **NO_HISTORY, **NO_REPORT_YET},
    ),
    "staff": Walk(lambda world: (f"/o/{world.agency.slug}", world.agency.username, ADMIN_PASSWORD), STAFF),
    "people": Walk(lambda world: (f"/o/{world.agency.slug}", world.agency.username, ADMIN_PASSWORD), PEOPLE),
    "case-managers": Walk(
        lambda world: (f"/o/{world.agency.slug}", world.agency.username, ADMIN_PASSWORD), CASE_MANAGERS
    ),
    "cases": Walk(lambda world: (f"/o/{world.agency.slug}", world.agency.username, ADMIN_PASSWORD), CASES),
    "history": Walk(lambda world: (f"/o/{world.agency.slug}", world.agency.username, ADMIN_PASSWORD), HISTORY),
    "case-manager": Walk(
        lambda world: (f"/o/{world.agency.slug}", world.insurer.username, PASSWORD),
        {**OWN, **OWN_CASES, **FINDING, **OWN_FILES, **OWN_HISTORY, **OWN_REPORTS},
    ),
    "scheduling": Walk(lambda world: (f"/o/{world.agency.slug}", world.agency.username, ADMIN_PASSWORD), SCHEDULES),
    "reports": Walk(lambda world: (f"/o/{world.agency.slug}", world.agency.username, ADMIN_PASSWORD), REPORTS),
    "files": Walk(lambda world: (f"/o/{world.agency.slug}", world.agency.username, ADMIN_PASSWORD), FILES),
    "specialist": Walk(
        lambda world: (f"/o/{world.agency.slug}", world.clinic.username, PASSWORD),
        {**OWN_TIMES, **SENT_FILES, **BOOKED_HISTORY, **FILED_REPORTS},
    ),
    "board": Walk(lambda world: (f"/o/{world.diary.agency.slug}", world.diary.agency.username, ADMIN_PASSWORD), BOARD),
    "booker": Walk(lambda world: (f"/o/{world.diary.agency.slug}", world.diary.manager, PASSWORD), BOOKER),
    "booked": Walk(lambda world: (f"/o/{world.diary.agency.slug}", world.diary.doctor, PASSWORD), BOOKED),
}
FAMILIES = frozenset({"visitor", "family", "former"})
"""Those of the walks that are not of people who work with the suite."""
