"""Appointments: asked for, offered, confirmed, declined and cancelled."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from portico.casemanager.v1 import booking_resources_pb2 as res
from portico.casemanager.v1 import bookings_pb2 as pb
from portico.casemanager.v1.bookings_pb2_grpc import BookingsServiceServicer

from casemanager.bookings.choices import Load, load_accepted, load_moving, load_offering
from casemanager.bookings.domain.booking import Booking, CancellationKind, Seen
from casemanager.bookings.domain.decision import Because, Kind
from casemanager.bookings.domain.details import (
    HandOver,
    Note,
    Outcome,
    add_note,
    assign_booking,
    record_outcome,
    take_over_booking,
    update_booking,
)
from casemanager.bookings.domain.endings import (
    Answer,
    Cancel,
    SetKind,
    cancel_booking,
    decline_booking,
    set_cancellation_kind,
)
from casemanager.bookings.domain.moves import AskMove, Move, Moving, decline_move, request_move, reschedule_booking
from casemanager.bookings.domain.offers import Confirm, Offer, Refuse, confirm_option, offer_options, refuse_options
from casemanager.bookings.domain.requests import Request, accept_request
from casemanager.bookings.domain.states import State
from casemanager.bookings.domain.times import Choice
from casemanager.bookings.selection import count_messages, wanted_bookings
from casemanager.bookings.storage.listing import count_by_state, list_bookings
from casemanager.bookings.storage.load import LIST_BOOKING_HISTORY, NEWEST_ENTRIES
from casemanager.bookings.storage.sorts import KEYSETS
from casemanager.bookings.storage.tables import HistoryEntry
from casemanager.bookings.usecases import BookingCommands
from casemanager.bookings.wire import (
    because_of,
    booking_message,
    entry_message,
    offered_choice,
    written_booking,
    written_choice,
    written_windows,
)
from casemanager.shared.deps import Deps
from casemanager.shared.staff import check_staff
from casemanager.shared.visibility import is_staff
from casemanager.value_lists.domain import Kind as ListKind
from casemanager.value_lists.usecases import listed_keys
from chassis.call import current_call
from chassis.errors import Denied
from chassis.interceptor import Context
from chassis.pagination import Key

_STAFFS_OWN = [int(Kind.NOTE_ADDED), int(Kind.REPORT_QUARANTINED)]
"""Lines of the history that are for staff alone."""
_OUTCOMES = {
    pb.RecordOutcomeRequest.ATTENDED: State.ATTENDED,
    pb.RecordOutcomeRequest.NOT_ATTENDED: State.NOT_ATTENDED,
}


class BookingsServicer(BookingsServiceServicer):
    """For staff, case managers and specialists."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def RequestBooking(self, request: pb.RequestBookingRequest, context: Context) -> res.Booking:
        call, deps = current_call(), self._deps
        commands = await BookingCommands.by(deps, call)
        when, choice = request.WhichOneof("when") or "", None
        if when == "time" and not is_staff(call):
            raise Denied()
        if when != "wishes":
            choice = written_choice(getattr(request, when), field=when)
        asked = Request(
            org_id=call.org_id,
            booking_id=deps.ids(),
            wishes=written_windows(request.wishes.windows, field="wishes.windows"),
            specialty=request.specialty.strip(),
            note=request.note.strip(),
            rebooked_from_id=_id(request.rebooked_from_id),
        )
        return await commands.request(UUID(request.case_id), _id(request.case_manager_id), choice, asked)

    async def GetBooking(self, request: pb.GetBookingRequest, context: Context) -> res.Booking:
        commands = await self._commands()
        return booking_message(await commands.seen(UUID(request.booking_id)), self._deps.clock())

    async def ListBookings(self, request: pb.ListBookingsRequest, context: Context) -> pb.ListBookingsResponse:
        call, deps = current_call(), self._deps
        commands, now = await self._commands(), deps.clock()
        wanted = wanted_bookings(request, commands.caller)

        async def fetch(after: tuple[Key, ...], limit: int) -> Sequence[Booking]:
            return await list_bookings(
                deps.database, call.org_id, commands.caller, wanted, now=now, after=after, limit=limit
            )

        owner = (call.org_id, call.account_id)
        page = await deps.pager.page(request, owner, KEYSETS[wanted.sort], fetch)
        counts: Mapping[State, int] = {}
        if request.with_counts and not request.page_token and not request.query.strip():
            counts = await count_by_state(deps.database, call.org_id, commands.caller, wanted, now=now)
        return pb.ListBookingsResponse(
            bookings=[booking_message(commands.seen_by(booking), now) for booking in page.items],
            next_page_token=page.next_token,
            state_counts=count_messages(counts),
        )

    async def ListBookingHistory(
        self, request: pb.ListBookingHistoryRequest, context: Context
    ) -> pb.ListBookingHistoryResponse:
        call, deps, booking_id = current_call(), self._deps, UUID(request.booking_id)
        await (await self._commands()).seen(booking_id)
        is_staffs = is_staff(call)

        async def fetch(before: tuple[datetime, UUID], limit: int) -> Sequence[HistoryEntry]:
            params = {"before_time": before[0], "before_id": before[1], "limit": limit}
            hidden = [] if is_staffs else _STAFFS_OWN
            return await deps.database.all(
                LIST_BOOKING_HISTORY, org_id=call.org_id, booking_id=booking_id, hidden_kinds=hidden, **params
            )

        page = await deps.pager.page(request, (call.org_id, is_staffs), NEWEST_ENTRIES, fetch)
        entries = [entry_message(entry, is_staffs=is_staffs) for entry in page.items]
        return pb.ListBookingHistoryResponse(entries=entries, next_page_token=page.next_token)

    async def OfferOptions(self, request: pb.OfferOptionsRequest, context: Context) -> res.Booking:
        call, deps = current_call(), self._deps
        commands = await self._commands()
        choices: Sequence[Choice] = [
            offered_choice(each, field=f"options[{number}]") for number, each in enumerate(request.options)
        ]
        load = partial(load_offering, deps, partial(commands.taken_up, UUID(request.booking_id)), call.org_id, choices)
        offer = Offer(option_ids=[deps.ids() for _ in choices], etag=request.etag)
        return await commands.change(load, offer_options, offer)

    async def ConfirmOption(self, request: pb.ConfirmOptionRequest, context: Context) -> res.Booking:
        commands = await self._commands()
        confirm = Confirm(option_id=UUID(request.option_id), etag=request.etag)
        return await commands.change(partial(commands.taken_up, UUID(request.booking_id)), confirm_option, confirm)

    async def RefuseOptions(self, request: pb.RefuseOptionsRequest, context: Context) -> res.Booking:
        commands = await self._commands()
        refuse = Refuse(
            option_ids=frozenset(map(UUID, request.option_ids)),
            because=because_of(request.reason, request.comment),
            etag=request.etag,
        )
        load = partial(commands.taken_up, UUID(request.booking_id), tells_staff=True)
        return await commands.change(load, refuse_options, refuse)

    async def AcceptRequest(self, request: pb.AcceptRequestRequest, context: Context) -> res.Booking:
        commands = await self._commands()
        seen = partial(commands.taken_up, UUID(request.booking_id))
        load = partial(load_accepted, self._deps, seen, current_call().org_id)
        return await commands.change(load, accept_request, request.etag)

    async def DeclineBooking(self, request: pb.DeclineBookingRequest, context: Context) -> res.Booking:
        commands = await self._commands()
        answer = Answer(because=because_of(request.reason, request.comment), etag=request.etag)
        return await commands.change(partial(commands.taken_up, UUID(request.booking_id)), decline_booking, answer)

    async def CancelBooking(self, request: pb.CancelBookingRequest, context: Context) -> res.Booking:
        commands = await self._commands()
        cancel = Cancel(
            kind=CancellationKind(request.kind) if request.kind else None,
            because=because_of(request.reason, request.comment),
            suggests_rebooking=request.suggest_rebooking,
            etag=request.etag,
        )
        return await commands.change(partial(commands.taken_up, UUID(request.booking_id)), cancel_booking, cancel)

    async def RescheduleBooking(self, request: pb.RescheduleBookingRequest, context: Context) -> res.Booking:
        commands, when = await self._commands(), request.WhichOneof("when") or "slot"
        if when == "time" and not commands.caller.is_staff:
            raise Denied()
        choice = written_choice(getattr(request, when), field=when)
        move = Move(because=because_of(request.reason, request.comment), etag=request.etag)
        return await commands.change(self._moving(commands, request.booking_id, choice), reschedule_booking, move)

    async def RequestMove(self, request: pb.RequestMoveRequest, context: Context) -> res.Booking:
        commands = await self._commands()
        choice = written_choice(request.slot, field="slot") if request.HasField("slot") else None
        asked = AskMove(
            wishes=written_windows(request.wishes.windows, field="wishes.windows"),
            because=because_of(request.reason, request.comment),
            etag=request.etag,
        )
        load = self._moving(commands, request.booking_id, choice, tells_staff=True)
        return await commands.change(load, request_move, asked)

    async def DeclineMove(self, request: pb.DeclineMoveRequest, context: Context) -> res.Booking:
        commands = await self._commands()
        move = Move(because=Because(comment=request.comment.strip()), etag=request.etag)
        return await commands.change(partial(commands.taken_up, UUID(request.booking_id)), decline_move, move)

    async def RecordOutcome(self, request: pb.RecordOutcomeRequest, context: Context) -> res.Booking:
        commands = await self._commands()
        outcome = Outcome(state=_OUTCOMES[request.outcome], comment=request.comment.strip(), etag=request.etag)
        return await commands.change(partial(commands.taken_up, UUID(request.booking_id)), record_outcome, outcome)

    async def AssignBooking(self, request: pb.AssignBookingRequest, context: Context) -> res.Booking:
        commands = await self._commands()
        load = partial(commands.handover, UUID(request.booking_id), UUID(request.case_manager_id))
        hand_over = HandOver(comment=request.comment.strip(), etag=request.etag)
        return await commands.change(load, assign_booking, hand_over)

    async def TakeOverBooking(self, request: pb.TakeOverBookingRequest, context: Context) -> res.Booking:
        commands = await self._commands()
        load = partial(commands.handover, UUID(request.booking_id), commands.caller.case_manager_id)
        hand_over = HandOver(comment=request.comment.strip(), etag=request.etag)
        return await commands.change(load, take_over_booking, hand_over)

    async def SetCancellationKind(self, request: pb.SetCancellationKindRequest, context: Context) -> res.Booking:
        commands = await self._commands()
        because = Because(comment=request.comment.strip())
        set_kind = SetKind(kind=CancellationKind(request.kind), because=because, etag=request.etag)
        load = partial(commands.taken_up, UUID(request.booking_id))
        return await commands.change(load, set_cancellation_kind, set_kind)

    async def UpdateBooking(self, request: pb.UpdateBookingRequest, context: Context) -> res.Booking:
        commands, call = await self._commands(), current_call()
        written = written_booking(request)
        if written.specialty:
            listed = await listed_keys(self._deps.database, call.org_id, ListKind.SPECIALTIES)
            written = replace(written, listed=listed)

        async def load() -> Seen:
            seen = await commands.taken_up(UUID(request.booking_id))
            return replace(seen, staff=await check_staff(self._deps, call.org_id, written.responsible_staff_id))

        return await commands.change(load, update_booking, written)

    async def AddBookingNote(self, request: pb.AddBookingNoteRequest, context: Context) -> res.Booking:
        commands = await self._commands()
        note = Note(text=request.note.strip(), etag=request.etag)
        return await commands.change(partial(commands.taken_up, UUID(request.booking_id)), add_note, note)

    async def _commands(self) -> BookingCommands:
        return await BookingCommands.by(self._deps, current_call())

    def _moving(
        self, commands: BookingCommands, booking_id: str, choice: Choice | None, *, tells_staff: bool = False
    ) -> Load[Moving]:
        seen = partial(commands.taken_up, UUID(booking_id), tells_staff=tells_staff)
        return partial(load_moving, self._deps, seen, current_call().org_id, choice)


def _id(text: str) -> UUID | None:
    return UUID(text) if text else None
