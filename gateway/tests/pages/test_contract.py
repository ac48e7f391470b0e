"""The portal has words for all that the contract says, and for nothing else."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor
from portico.applications.v1.resources_pb2 import Application, ContactMethod, Guardian, TimelineEntry
from portico.casemanager.v1.booking_resources_pb2 import (
    Booking,
    BookingActor,
    BookingHistoryEntry,
    BookingOption,
    BookingReason,
    Cancellation,
)
from portico.casemanager.v1.bookings_pb2 import RecordOutcomeRequest
from portico.casemanager.v1.case_managers_pb2 import CaseManagerPatch
from portico.casemanager.v1.case_resources_pb2 import Case, CaseParty
from portico.casemanager.v1.resources_pb2 import CaseManager, Company, Login, PersonHistoryEntry, Task
from portico.casemanager.v1.schedule_resources_pb2 import (
    AppointmentMode,
    Availability,
    AvailabilityException,
    CalendarEntry,
    Place,
    SlotHindrance,
    Specialist,
)
from portico.casemanager.v1.value_lists_pb2 import ValueList
from portico.identity.v1.audit_pb2 import AuditEvent
from portico.identity.v1.login_users_pb2 import LoginUser
from portico.notifications.v1.resources_pb2 import Message

import portal
from chassis.call import Role
from chassis.errors import ServiceError
from gateway.contract import Contract, Rpc, code_name
from portal.app import PAGES, SITE
from portal.areas.bookings import labels as booking_labels
from portal.areas.bookings import messages as booking_messages
from portal.areas.case_managers import labels as case_manager_labels
from portal.areas.case_managers import login_actions as case_manager_actions
from portal.areas.cases import labels as case_labels
from portal.areas.companies import labels as company_labels
from portal.areas.family import labels as family_labels
from portal.areas.people import labels as people_labels
from portal.areas.people import login_actions
from portal.areas.places import labels as place_labels
from portal.areas.schedules import labels as schedule_labels
from portal.areas.settings import values
from portal.areas.staff import labels, search
from portal.areas.staff.guardian_actions import ACTIONS
from portal.areas.tasks import labels as task_labels
from portal.core import calendars, person_logins
from portal.core.error_messages import ERROR_MESSAGES, VIOLATION_MESSAGES
from portal.core.flash import CORE_FLASHES
from portal.core.forms import http_status
from portal.core.middleware import SIGNED_OUT
from portal.core.specialists import ACCOUNT_STATUSES, MODES

from .neighbours import refusal
from .samples import ANSWERS

COMMON = "portico.options.v1"
SIGN_IN = {"Login", "RefreshTokens", "RegisterFamily", "ResetPassword", "ActivateAccount"}
"""RPCs whose answer holds tokens; each test that needs one has it made."""


def calls_in(folder: Path) -> set[str]:
    """The names of all methods that the code in a folder calls."""
    nodes = (node for path in folder.rglob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    return {node.func.attr for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}


@cache
def called(contract: Contract) -> tuple[Rpc, ...]:
    """The RPCs that the portal's code calls."""
    names = calls_in(Path(portal.__file__).parent)
    return tuple(rpc for service in contract.public_services for rpc in service.rpcs if rpc.name in names)


@cache
def passed_on(contract: Contract, services: Path) -> tuple[Rpc, ...]:
    """The RPCs of others that the services behind these RPCs call on the way."""
    names = {owner: calls_in(services / owner / "src") for owner in {rpc.owner for rpc in called(contract)}}
    return tuple(
        rpc
        for service in contract.services
        for rpc in service.rpcs
        if any(owner in names and rpc.name in names[owner] for owner in rpc.access.services)
    )


@pytest.fixture(scope="session")
def services_folder(pytestconfig: pytest.Config) -> Path:
    """Where the code of the services is."""
    return pytestconfig.rootpath / "services"


@pytest.fixture(scope="session")
def reachable(contract: Contract, services_folder: Path) -> set[str]:
    """Every reason that a page can meet."""
    rpcs = (*called(contract), *passed_on(contract, services_folder))
    own = {reason.rpartition(".")[2] for rpc in rpcs for reason in rpc.reasons}
    return own | contract.reasons(COMMON).keys()


def raised_here() -> set[str]:
    """The reasons of the portal's own errors."""
    waiting, found = [ServiceError], set()
    while waiting:
        error = waiting.pop()
        waiting += error.__subclasses__()
        if error.__module__.startswith("portal."):
            found.add(error.reason)
    return found


def test_every_reason_that_a_page_can_meet_has_words(reachable: set[str]) -> None:
    """PO-01, GW-04: what the RPCs that the portal calls refuse, or pass on, is said in words for people."""
    assert set() == reachable - ERROR_MESSAGES.keys(), "Write words for it in portal/core/error_messages.py."


def test_the_portals_own_errors_have_words() -> None:
    """PO-01: what the portal refuses itself is said in words for people."""
    assert {"FOREIGN_ORIGIN", "PAGE_NOT_FOUND", "FORM_TOO_LARGE"} <= raised_here()
    assert set() == raised_here() - ERROR_MESSAGES.keys(), "Write words for it in portal/core/error_messages.py."


def test_there_are_no_words_for_what_cannot_happen(reachable: set[str]) -> None:
    """PO-01: a reason that no page can meet any more has no words, and nothing to translate."""
    assert set() == ERROR_MESSAGES.keys() - reachable - raised_here(), "Remove it from portal/core/error_messages.py."


def test_the_contract_is_walked(contract: Contract, services_folder: Path) -> None:
    """PO-01: the walk finds RPCs in the code, also those behind a shorter name, and the neighbours play all of them."""
    found = {rpc.name for rpc in called(contract)}

    assert {"CheckInvitation", "RefreshTokens", "UndoUnlink", "ListTimelineEntries"} <= found
    assert found == ANSWERS.keys() | SIGN_IN
    behind = {rpc.name for rpc in passed_on(contract, services_folder)}
    assert {"SendFamilyPasswordReset", "IssueContactTicket"} <= behind


def test_every_code_of_the_contract_has_a_status(contract: Contract) -> None:
    """PO-01: no refusal of a service is taken for a fault of ours."""
    for package in (COMMON, *contract.packages):
        for reason in contract.reasons(package).values():
            is_fault = code_name(reason.code) == "INTERNAL"
            if package in (COMMON, "portico.identity.v1", "portico.applications.v1", "portico.casemanager.v1"):
                assert is_fault == (500 == http_status(refusal(reason.name))), reason.name


def test_whoever_is_not_known_to_a_service_is_led_to_the_sign_in(contract: Contract) -> None:
    """PO-01: all common reasons for which somebody has to sign in are known as such, and a wrong password is not."""
    unauthenticated = {
        name for name, reason in contract.reasons(COMMON).items() if "UNAUTHENTICATED" == code_name(reason.code)
    }

    assert unauthenticated == SIGNED_OUT


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (labels.LINK_STATES, Guardian.LinkState),
        (labels.EXPLAINED, Guardian.LinkState),
        (dict.fromkeys(search.LINK_STATES), Guardian.LinkState),
        (labels.STATUSES, Application.Status),
        (family_labels.STATUS_EXPLAINED, Application.Status),
        (dict.fromkeys(search.STATUSES), Application.Status),
        ({Guardian.Action.Name(action.value): action.label for action in ACTIONS.values()}, Guardian.Action),
        (labels.METHODS, ContactMethod),
        (labels.HAPPENED, TimelineEntry.Kind),
        (company_labels.STATUSES, Company.Status),
        (case_labels.STATES, Case.State),
        (case_labels.ROLES, CaseParty.Role),
        ({ValueList.Kind.Name(kind): values.TITLES[slug] for slug, kind in values.KINDS.items()}, ValueList.Kind),
        (case_manager_labels.ACCOUNT_STATUSES, CaseManager.AccountStatus),
        (person_logins.LOGIN_STATUSES, Login.Status),
        (person_logins.SENTENCES, Login.Status),
        (case_manager_labels.HAPPENED, PersonHistoryEntry.Kind),
        ({Login.Action.Name(each.value): each.label for each in case_manager_actions.ACTIONS}, Login.Action),
        (task_labels.TITLES, Task.Kind),
        (task_labels.REASONS, Task.Kind),
        (task_labels.STATES, Task.State),
        (people_labels.STATES, LoginUser.State),
        (people_labels.SENTENCES, LoginUser.State),
        (people_labels.HAPPENED, AuditEvent.Action),
        (people_labels.OUTCOMES, AuditEvent.Outcome),
        (place_labels.STATUSES, Place.Status),
        (ACCOUNT_STATUSES, Specialist.AccountStatus),
        (MODES, AppointmentMode),
        (schedule_labels.KINDS, Availability.Kind),
        (schedule_labels.KINDS_EXPLAINED, Availability.Kind),
        (schedule_labels.COLORS, Availability.Kind),
        (schedule_labels.EXCEPTIONS, AvailabilityException.Kind),
        (schedule_labels.HINDRANCES, SlotHindrance.Reason),
        (calendars.WORDS, CalendarEntry.Kind),
        (calendars.KINDS, CalendarEntry.Kind),
        (booking_labels.STATES, Booking.State),
        (booking_labels.COLORS, Booking.State),
        (booking_labels.SENTENCES, Booking.State),
        (booking_labels.STAFF_SENTENCES, Booking.State),
        (booking_labels.SPECIALIST_SENTENCES, Booking.State),
        (booking_labels.OPTION_STATES, BookingOption.State),
        (booking_labels.REASONS, BookingReason),
        (booking_labels.KINDS, Cancellation.Kind),
        (booking_labels.OUTCOMES, RecordOutcomeRequest.Outcome),
        (booking_labels.ACTORS, BookingActor),
        (booking_labels.HAPPENED, BookingHistoryEntry.Kind),
        (booking_messages.STATES, Message.State),
        ({LoginUser.Action.Name(each.value): each.label for each in login_actions.ACTIONS}, LoginUser.Action),
    ],
    ids=[
        *("link states", "explained", "state filter", "statuses", "status explained", "status filter"),
        *("actions", "methods", "timeline"),
        *("companies", "cases", "parties", "value lists"),
        *("account statuses", "login statuses", "login statuses explained", "history of people"),
        *("actions of case managers' logins", "tasks", "reasons of tasks", "states of tasks"),
        *("logins", "logins explained", "audit", "outcomes"),
        *("places", "statuses of specialists", "modes"),
        *(
            "kinds of times",
            "kinds explained",
            "colors of kinds",
            "exceptions",
            "hindrances",
            "entries",
            "kinds of entries",
        ),
        *("states of bookings", "colors of bookings", "bookings explained", "to staff", "to specialists"),
        *("options", "reasons of bookings", "costs", "who came", "who acts", "history of bookings"),
        *("messages", "actions of logins"),
    ],
)
def test_every_value_of_an_enum_has_a_label(words: Mapping[str, str], values: object) -> None:
    """PO-01, AP-03: each value of the contract has its words, and there are no words for values that there are not."""
    names = getattr(values, "DESCRIPTOR").values_by_number  # noqa: B009 - the stubs do not know it

    assert {value.name for number, value in names.items() if number} == words.keys()


def test_every_message_about_a_booking_has_words(services_folder: Path) -> None:
    """PO-09, CM-08: staff read of each template about a booking what it says, and not its key."""
    templates = services_folder / "notifications" / "src" / "notifications" / "templates"
    about_bookings = {each.name for each in templates.glob("BOOKING_*")} | {"PAPERWORK_SENT"}
    assert about_bookings == booking_messages.SUBJECTS.keys()


def test_a_history_has_words_for_each_field() -> None:
    """PO-06, CM-02: whichever field of a case manager was changed, the history says it in words."""
    consent = {"promotions_consent_given", "promotions_consent_withdrawn"}
    fields = {field.name for field in CaseManagerPatch.DESCRIPTOR.fields} - {"promotions_consent"}
    assert fields | consent == case_manager_labels.FIELDS.keys()


def test_a_family_reads_only_of_what_there_is() -> None:
    """PO-04, AP-14: the lines of a family's history are values of the contract, each with words to the family."""
    kinds = {value.name for value in TimelineEntry.Kind.DESCRIPTOR.values}

    assert set() == family_labels.TOLD.keys() - kinds
    assert [] == [name for name, words in family_labels.TOLD.items() if words == labels.HAPPENED[name]]


def test_every_role_has_a_first_page() -> None:
    """PO-01: whoever can sign in has a page to begin with."""
    assert {SITE.home(role) for role in Role} <= {page.path for page in PAGES}


def test_every_refusal_can_be_told_on_the_next_page() -> None:
    """PO-01: a word that goes on to the next page exists for each refusal, and tells that something went wrong."""
    assert set() == ERROR_MESSAGES.keys() - SITE.flashes.keys()
    assert {*ERROR_MESSAGES, *CORE_FLASHES} == {name for name, notice in SITE.flashes.items() if notice.is_problem}


def rules_of(message: Descriptor) -> set[str]:
    """The rules that texts in a message, and in the messages in it, must keep: `min_len`, `max_len`."""
    found = set()
    for field in message.fields:
        if field.message_type is not None:
            found |= rules_of(field.message_type) if field.message_type.file.package.startswith("portico.") else set()
        else:
            rules = field.GetOptions().Extensions[validate_pb2.field]
            found |= {rule.name for rule, _ in rules.string.ListFields()}
    return found


def test_every_rule_of_a_typed_text_has_words(contract: Contract) -> None:
    """PO-01: what a service says of a text that is too short or too long is said in words beside its field."""
    # Ids and languages are not typed.
    rules = {rule for rpc in called(contract) for rule in rules_of(rpc.request)} - {"uuid", "in"}

    assert {"min_len", "max_len"} <= rules
    assert set() == {f"STRING_{rule.upper()}" for rule in rules} - VIOLATION_MESSAGES.keys(), "Write words for it."
