"""What is done with a booking: a row for each action. The service says which are allowed now, the first one first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import bookings_pb2 as requests
from portico.casemanager.v1.booking_resources_pb2 import Booking, BookingReason, Cancellation

from chassis.call import Role
from portal.areas.bookings.sides import CASE_MANAGERS, SPECIALISTS, STAFF
from portal.core.context import PageContext
from portal.core.i18n import N_

CHANGED = "CONCURRENT_CHANGE"
"""Somebody has changed the booking since the form was drawn."""
OF_BOTH = STAFF.roles | CASE_MANAGERS.roles


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One action: its label, where it stands below the booking's address, its RPC, and what is said when it is done.

    `asks` are the parts of the form that asks first: what `templates/deed.html` draws. Without any a button does it at
    once. `words` stand above the form; `is_grave`: it takes something away, so its button never stands out.
    """

    value: Booking.Action.ValueType
    label: str
    path: str
    roles: frozenset[Role]
    call: Callable[[PageContext], Awaitable[Booking]]
    flash: str
    done: str
    asks: tuple[str, ...] = ()
    words: str = ""
    is_grave: bool = False


def ids(context: PageContext) -> dict[str, Any]:
    """What every request says: that it is this form's, of which booking, and which version of it was seen."""
    form = context.form
    return {"request_id": form["request_id"], "booking_id": context.param("booking_id"), "etag": form["etag"]}


def because(context: PageContext) -> dict[str, Any]:
    """Why, as it was chosen and typed."""
    form = context.form
    return {"reason": _number(BookingReason, form["reason"]), "comment": form["comment"]}


def _number(values: Any, name: str) -> Any:
    """An enum's value by its name; none for a name that there is not, which the service refuses beside its field."""
    value = values.DESCRIPTOR.values_by_name.get(name)
    return value.number if value else 0


def _kind(context: PageContext) -> Any:
    return _number(Cancellation.Kind, context.form["kind"])


ACCEPT = Deed(
    value=Booking.ACCEPT,
    label=N_("Accept: the specialist said yes"),
    path="/accept",
    roles=STAFF.roles,
    call=lambda context: context.services.casemanager.AcceptRequest(requests.AcceptRequestRequest(**ids(context))),
    flash="booking-accepted",
    done=N_("The appointment is confirmed. Everybody gets a message."),
)
CONFIRM = Deed(
    value=Booking.CONFIRM,
    label=N_("Confirm this time"),
    path="/confirm",
    roles=OF_BOTH,
    call=lambda context: context.services.casemanager.ConfirmOption(
        requests.ConfirmOptionRequest(**ids(context), option_id=context.form["option_id"])
    ),
    flash="booking-confirmed",
    done=N_("The appointment is confirmed. Everybody gets a message."),
)
REFUSE = Deed(
    value=Booking.REFUSE,
    label=N_("Ask for other times"),
    path="/refuse",
    roles=OF_BOTH,
    call=lambda context: context.services.casemanager.RefuseOptions(
        requests.RefuseOptionsRequest(**ids(context), option_ids=context.form.all("option_id"), **because(context))
    ),
    flash="booking-refused",
    done=N_("These times are free again for others. Where none is left, staff look for other ones."),
    asks=("options", "reason", "comment"),
    words=N_("Which of the times do not suit? With none chosen it is all of them."),
)
DECLINE = Deed(
    value=Booking.DECLINE,
    label=N_("Decline"),
    path="/decline",
    roles=STAFF.roles,
    call=lambda context: context.services.casemanager.DeclineBooking(
        requests.DeclineBookingRequest(**ids(context), **because(context))
    ),
    flash="booking-declined",
    done=N_("The request is declined. The case manager gets a message."),
    asks=("reason", "comment"),
    words=N_("The request ends here, and held times are free again. The case manager reads the reason."),
    is_grave=True,
)
RECORD_OUTCOME = Deed(
    value=Booking.RECORD_OUTCOME,
    label=N_("Record outcome"),
    path="/outcome",
    roles=STAFF.roles | SPECIALISTS.roles,
    call=lambda context: context.services.casemanager.RecordOutcome(
        requests.RecordOutcomeRequest(
            **ids(context),
            outcome=_number(requests.RecordOutcomeRequest.Outcome, context.form["outcome"]),
            comment=context.form["comment"],
        )
    ),
    flash="booking-outcome",
    done=N_("The outcome is recorded."),
    asks=("outcome", "comment"),
    words=N_("Did the person come to the appointment?"),
)
DECLINE_MOVE = Deed(
    value=Booking.DECLINE_MOVE,
    label=N_("Leave it at its time"),
    path="/decline-move",
    roles=STAFF.roles,
    call=lambda context: context.services.casemanager.DeclineMove(
        requests.DeclineMoveRequest(**ids(context), comment=context.form["comment"])
    ),
    flash="booking-move-declined",
    done=N_("The appointment stays where it is. The case manager gets a message."),
    asks=("answer",),
    words=N_("The appointment stays at its time. Please tell the case manager why."),
)
TAKE_OVER = Deed(
    value=Booking.TAKE_OVER,
    label=N_("Take over"),
    path="/take-over",
    roles=CASE_MANAGERS.roles,
    call=lambda context: context.services.casemanager.TakeOverBooking(
        requests.TakeOverBookingRequest(**ids(context), comment=context.form["comment"])
    ),
    flash="booking-taken-over",
    done=N_("The booking and its tasks are yours now."),
    asks=("comment",),
    words=N_("The booking and its tasks become yours, and messages about it go to you."),
)
ASSIGN = Deed(
    value=Booking.ASSIGN,
    label=N_("Give it to another case manager"),
    path="/assign",
    roles=STAFF.roles,
    call=lambda context: context.services.casemanager.AssignBooking(
        requests.AssignBookingRequest(
            **ids(context), case_manager_id=context.form["case_manager_id"], comment=context.form["comment"]
        )
    ),
    flash="booking-assigned",
    done=N_("The booking belongs to another case manager now."),
    asks=("person", "comment"),
    words=N_("Its tasks go along. Both are told by their calendars."),
)
SET_KIND = Deed(
    value=Booking.SET_CANCELLATION_KIND,
    label=N_("Change what the cancellation costs"),
    path="/cancellation-kind",
    roles=STAFF.roles,
    call=lambda context: context.services.casemanager.SetCancellationKind(
        requests.SetCancellationKindRequest(**ids(context), kind=_kind(context), comment=context.form["comment"])
    ),
    flash="booking-kind-set",
    done=N_("The kind of the cancellation is changed."),
    asks=("kind", "comment"),
    words=N_("The history keeps what it was before."),
)
CANCEL = Deed(
    value=Booking.CANCEL,
    label=N_("Cancel booking"),
    path="/cancel",
    roles=OF_BOTH,
    call=lambda context: context.services.casemanager.CancelBooking(
        requests.CancelBookingRequest(
            **ids(context),
            **because(context),
            kind=_kind(context),
            suggest_rebooking=bool(context.form["suggest_rebooking"]),
        )
    ),
    flash="booking-cancelled",
    done=N_("The booking is cancelled. Everybody who had an invitation gets a message."),
    asks=("cost", "reason", "comment", "rebooking"),
    words=N_("The time is free for others at once. This cannot be undone."),
    is_grave=True,
)
UPDATE = Deed(
    value=Booking.UPDATE,
    label=N_("Change note"),
    path="/edit",
    roles=OF_BOTH,
    call=lambda context: context.services.casemanager.UpdateBooking(
        requests.UpdateBookingRequest(
            **ids(context),
            booking=requests.BookingPatch(
                note=context.form["note"],
                specialty=context.form["specialty"],
                responsible_staff_id=context.form["responsible_staff_id"],
            ),
            update_mask=FieldMask(
                paths=[name for name in ("note", "specialty", "responsible_staff_id") if name in context.form.values]
            ),
        )
    ),
    flash="booking-saved",
    done=N_("The changes are saved."),
    asks=("written",),
)
ADD_NOTE = Deed(
    value=Booking.ADD_NOTE,
    label=N_("Add note"),
    path="/notes",
    roles=STAFF.roles,
    call=lambda context: context.services.casemanager.AddBookingNote(
        # It stands beside the others, whatever has become of the booking meanwhile.
        requests.AddBookingNoteRequest(**{**ids(context), "etag": ""}, note=context.form["note"])
    ),
    flash="booking-noted",
    done=N_("The note stands in the history, for staff alone."),
    asks=("note",),
)
DEEDS = (
    *(ACCEPT, CONFIRM, REFUSE, DECLINE, RECORD_OUTCOME, DECLINE_MOVE),
    *(TAKE_OVER, ASSIGN, SET_KIND, CANCEL, UPDATE, ADD_NOTE),
)
"""All but those that begin with finding a time: an offer, and a move."""
