"""Loading bookings as their callers see them, the times that they choose, and the refusal that names other times."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from portico.casemanager.v1 import booking_resources_pb2 as res
from portico_errors.casemanager import (
    BookingNotFound,
    CaseManagerNotFound,
    CaseNotFound,
    SlotTaken,
)

from casemanager.bookings.aggregate import bookings_of, finished, numbered
from casemanager.bookings.choices import Load, load_chosen, wanted_by
from casemanager.bookings.domain.booking import Booking, Policy, Seen
from casemanager.bookings.domain.decision import Decision
from casemanager.bookings.domain.details import Handover, Manager
from casemanager.bookings.domain.requests import Asked, Request, request_booking, terms_for
from casemanager.bookings.domain.states import Part
from casemanager.bookings.domain.times import Choice
from casemanager.bookings.domain.visibility import Caller, part_of
from casemanager.bookings.storage.load import (
    COUNT_UNANSWERED,
    LIST_REBOOK_TASKS,
    LOAD_BOOKING,
)
from casemanager.bookings.storage.save import LostToRival
from casemanager.bookings.storage.times import LOAD_ASKED
from casemanager.case_managers.usecases import load_myself
from casemanager.settings.domain import BookingSettings
from casemanager.settings.usecases import settings_of
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import Organization, organization_of
from casemanager.shared.staff import staff_contact
from casemanager.shared.visibility import is_staff
from casemanager.slots.storage import ANYTHING
from casemanager.slots.usecases import Wanted, search_slots
from casemanager.specialists.usecases import own_specialist_id
from casemanager.tasks.domain.due import Calendar
from casemanager.value_lists.domain import Kind as ListKind
from casemanager.value_lists.usecases import purpose_of, value_lists_of
from chassis.aggregate import TRIES, C, S, Source
from chassis.call import Call
from chassis.errors import Aborted
from chassis.text import full_name

NEXT_SLOTS = 5
"""Slots that a refusal names."""
_NEXT_DAYS = timedelta(days=28)


async def caller_of(deps: Deps, call: Call) -> Caller:
    """Who calls, as far as bookings ask; somebody out of service is nobody, and sees nothing."""
    if is_staff(call):
        return Caller(account_id=call.account_id, is_staff=True)
    specialist_id = await own_specialist_id(deps, call)
    if specialist_id is not None:
        return Caller(account_id=call.account_id, specialist_id=specialist_id)
    try:
        person = await load_myself(deps, call)
    except CaseManagerNotFound:
        return Caller(account_id=call.account_id)
    return Caller(
        account_id=call.account_id,
        case_manager_id=person.id,
        unit_id=person.business_unit_id,
        name=full_name(person.given_name, person.family_name),
    )


def policy_of(organization: Organization, settings: BookingSettings) -> Policy:
    """How an organization books."""
    return Policy(
        notice=timedelta(hours=settings.minimum_notice_hours),
        horizon=timedelta(days=settings.horizon_days),
        hold=timedelta(hours=settings.hold_hours),
        request_life=timedelta(days=settings.request_days),
        cancellation_notice=timedelta(hours=settings.cancellation_notice_hours),
        paperwork_days=settings.paperwork_days,
        report_days=settings.report_days,
        calendar=Calendar(zone=organization.time_zone, holidays=frozenset(settings.holidays)),
        booking_email=settings.booking_email,
    )


def seen_by(caller: Caller, booking: Booking, policy: Policy, *, otherwise: Part | None = None) -> Seen:
    """A booking as the caller sees it; BookingNotFound for who does not, unless they are something `otherwise`."""
    part = part_of(caller, booking) or otherwise
    if part is None:
        raise BookingNotFound()
    actor = caller.actor(part)
    if part is Part.SPECIALIST:
        actor = replace(actor, name=booking.shown.specialist_name)
    return Seen(booking=booking, actor=actor, policy=policy)


async def load_seen(deps: Deps, org_id: UUID, caller: Caller, policy: Policy, booking_id: UUID) -> Seen:
    """A booking as the caller sees it; BookingNotFound for none, and for who does not see it."""
    booking = await deps.database.first(LOAD_BOOKING, org_id=org_id, booking_id=booking_id)
    if booking is None:
        raise BookingNotFound()
    return seen_by(caller, booking, policy)


async def with_staff(deps: Deps, seen: Seen) -> Seen:
    """The same with who looks after it."""
    booking = seen.booking
    return replace(seen, staff=await staff_contact(deps, booking.org_id, booking.responsible_staff_id))


class BookingCommands:
    """Commands on bookings, by one caller."""

    def __init__(self, deps: Deps, call: Call, caller: Caller, organization: Organization, policy: Policy) -> None:
        self._deps, self._call, self._caller, self._policy = deps, call, caller, policy
        self.organization = organization
        self._bookings = bookings_of(deps, organization)
        self._wanted: Mapping[str, str] = {}

    @classmethod
    async def by(cls, deps: Deps, call: Call) -> "BookingCommands":
        """Those of the caller."""
        caller, org_id = await caller_of(deps, call), call.org_id
        organization = await organization_of(deps.database, org_id)
        policy = policy_of(organization, await settings_of(deps.database, org_id))
        return cls(deps, call, caller, organization, policy)

    @property
    def caller(self) -> Caller:
        """Whose commands they are."""
        return self._caller

    async def seen(self, booking_id: UUID) -> Seen:
        """A booking as the caller sees it; BookingNotFound."""
        return await load_seen(self._deps, self._call.org_id, self._caller, self._policy, booking_id)

    async def taken_up(self, booking_id: UUID, *, tells_staff: bool = False) -> Seen:
        """The same for a command on it.

        With who looks after it, where what the command comes to is theirs to be told, or who has it is out of service.
        """
        seen = await self.seen(booking_id)
        booking, self._wanted = seen.booking, wanted_by(seen.booking)
        if not (tells_staff or not booking.people.manager_is_active):
            return seen
        purpose = None
        if tells_staff:
            lists = await value_lists_of(self._deps.database, booking.org_id)
            purpose = purpose_of(lists, service_type=booking.service_type, specialty=booking.specialty)
        return replace(await with_staff(self._deps, seen), purpose=purpose)

    async def handover(self, booking_id: UUID, case_manager_id: UUID | None) -> Handover:
        """A booking, and the case manager who shall have it; BookingNotFound."""
        seen, database = await self.taken_up(booking_id), self._deps.database
        manager = None
        if case_manager_id is not None:
            params = {"case_id": seen.booking.case_id, "case_manager_id": case_manager_id}
            manager = await database.first(LOAD_ASKED, org_id=self._call.org_id, **params)
        if manager is None:
            return Handover(seen=seen, manager=None)
        return Handover(
            seen=seen,
            manager=Manager(id=manager.manager_id, company_id=manager.manager_company_id, people=manager.people),
        )

    def seen_by(self, booking: Booking, *, otherwise: Part | None = None) -> Seen:
        """A booking that was loaded; BookingNotFound unless the caller sees it, or is something `otherwise`."""
        return seen_by(self._caller, booking, self._policy, otherwise=otherwise)

    async def request(
        self, case_id: UUID, case_manager_id: UUID | None, choice: Choice | None, request: Request
    ) -> res.Booking:
        """Asks for an appointment; raises CaseNotFound, CaseManagerNotFound, and what the decision raises.

        BookingNotFound for a booking to be booked again that is of another case. Who has that booking may ask, too.
        """
        deps, is_theirs = self._deps, False
        if request.rebooked_from_id is not None:
            seen = await self.seen(request.rebooked_from_id)
            if seen.booking.case_id != case_id:
                raise BookingNotFound()
            is_theirs = seen.actor.part is Part.OWN

        async def load() -> Asked:
            return await self._asked(case_id, case_manager_id, choice, request.specialty, is_theirs=is_theirs)

        async def complete(decision: Decision) -> Decision:
            return await numbered(deps, decision)

        source = Source(self._call, request.org_id, load)
        try:
            return await self._bookings.change(source, request_booking, request, complete=complete)
        except SlotTaken as refused:
            raise await self._with_next(refused) from None

    async def _asked(
        self, case_id: UUID, case_manager_id: UUID | None, choice: Choice | None, specialty: str, *, is_theirs: bool
    ) -> Asked:
        deps, org_id, caller = self._deps, self._call.org_id, self._caller
        case_manager_id = case_manager_id or caller.case_manager_id
        case = await deps.database.first(LOAD_ASKED, org_id=org_id, case_id=case_id, case_manager_id=case_manager_id)
        if case is None:
            raise CaseManagerNotFound() if case_manager_id and caller.is_staff else CaseNotFound()
        if not (caller.is_staff or is_theirs or caller.case_manager_id == case.owner_id):
            raise CaseNotFound()
        is_own = case.manager_id == caller.case_manager_id
        if case.manager_company_id != case.company_id or not (caller.is_staff or is_own):
            raise CaseManagerNotFound()
        self._wanted = {"service_type": case.service_type, "specialty": specialty}
        chosen = await load_chosen(deps, org_id, [choice] if choice else [], self._wanted)
        rebook = await deps.database.all(LIST_REBOOK_TASKS, org_id=org_id, case_id=case_id)
        responsible_id = case.manager_staff_id or case.company_staff_id
        is_asked, unanswered = not chosen or chosen[0].asks_first, None
        lists = await value_lists_of(deps.database, org_id) if is_asked or specialty else None
        if is_asked:
            of_manager = {"case_manager_id": case.manager_id, "now": deps.clock()}
            unanswered = await deps.database.first(COUNT_UNANSWERED, org_id=org_id, **of_manager)
        return Asked(
            case_id=case.case_id,
            company_id=case.company_id,
            business_unit_id=case.people.manager_unit_id,
            case_manager_id=case.manager_id,
            responsible_staff_id=responsible_id,
            service_type=case.service_type,
            case_is_open=case.is_open,
            company_is_active=case.company_is_active,
            people=case.people,
            actor=caller.actor(Part.STAFF if caller.is_staff else Part.OWN),
            policy=self._policy,
            chosen=next(iter(chosen), None),
            unanswered=unanswered or 0,
            rebook_tasks=tuple(rebook),
            staff=await staff_contact(deps, org_id, responsible_id) if is_asked else None,
            specialties=lists[ListKind.SPECIALTIES].keys if lists else frozenset(),
            purpose=purpose_of(lists, service_type=case.service_type, specialty=specialty) if lists else None,
        )

    async def change(self, load: Load[S], decide: Callable[[S, C, datetime], Decision], command: C) -> res.Booking:
        """Decides on a booking and writes what it comes to; a time that is somebody else's is refused with other ones.

        Whoever lost one of several times looks once more, and then sees whose it is.
        """
        source = Source(self._call, self._call.org_id, load)
        for _ in range(TRIES):
            try:
                return await self._bookings.change(source, finished(self._deps, decide), command)
            except LostToRival:
                continue
            except SlotTaken as refused:
                raise await self._with_next(refused) from None
        raise Aborted()

    async def _with_next(self, refused: SlotTaken) -> SlotTaken:
        """The refusal with the slots of the specialist that come next."""
        deps, metadata = self._deps, refused.metadata
        specialist_id, now = UUID(metadata["specialist_id"]), deps.clock()
        start = max(now, datetime.fromisoformat(metadata["start_time"]))
        fits = {name: value or None for name, value in self._wanted.items()}
        filters: Mapping[str, object] = {**ANYTHING, **fits, "specialist_ids": [specialist_id]}
        wanted = Wanted(start=start, end=start + _NEXT_DAYS, filters=filters)
        terms = terms_for(self._caller.actor(Part.STAFF if self._caller.is_staff else Part.OWN), self._policy, now)
        found, _ = await search_slots(deps, self._call.org_id, wanted, terms, wanted.first, NEXT_SLOTS)
        names = [
            f"{each.slot.availability.id}@{each.slot.start_time.isoformat().replace('+00:00', 'Z')}" for each in found
        ]
        return SlotTaken(metadata={**metadata, "next_slots": ",".join(names)})
