"""The composition root of casemanager: the only place that knows all its features."""

from collections.abc import Sequence
from functools import partial

from portico.identity.v1.events_pb2 import OrganizationEvent
from portico.identity.v1.stub import IdentityStub
from portico_errors import BY_REASON

from casemanager.availabilities.servicer import AvailabilitiesServicer
from casemanager.bookings.asked import (
    check_moving,
    count_bookings,
    find_booking,
    is_booked,
    is_place_booked,
    is_task_wanted,
    managers_in_tasks,
)
from casemanager.bookings.clock import keep_bookings_in_time, keep_reservations_few
from casemanager.bookings.servicer import BookingsServicer
from casemanager.case_manager_logins.servicer import CaseManagerLoginsServicer
from casemanager.case_managers import usecases as case_managers
from casemanager.case_managers.renames import refresh_names
from casemanager.case_managers.servicer import CaseManagersServicer
from casemanager.cases.servicer import CasesServicer
from casemanager.cases.usecases import check_case, is_party
from casemanager.companies.servicer import CompaniesInternalServicer, CompaniesServicer
from casemanager.config import CaseManagerSettings
from casemanager.exports.retention import keep_exports_few
from casemanager.exports.servicer import BookingExportsServicer
from casemanager.files.scanner import Scanner
from casemanager.files.scanning import keep_collecting, keep_scanning
from casemanager.files_to_check.servicer import FilesToCheckServicer
from casemanager.login_offers.servicer import LoginOffersServicer
from casemanager.logins.consumers import subscribe
from casemanager.paperwork import clock as paperwork_clock
from casemanager.paperwork.servicer import PaperworkServicer
from casemanager.paperwork.storage import LIST_KEPT_BLOBS as PAPERWORK_BLOBS
from casemanager.places.servicer import PlacesServicer
from casemanager.profile.servicer import ProfileServicer
from casemanager.profile.usecases import is_in_service
from casemanager.reports import clock as reports_clock
from casemanager.reports.servicer import ReportsServicer
from casemanager.reports.storage import LIST_KEPT_BLOBS as REPORT_BLOBS
from casemanager.settings.servicer import BookingSettingsServicer
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import upsert_organization
from casemanager.slots.servicer import SlotsServicer
from casemanager.specialist_logins.servicer import SpecialistLoginsServicer
from casemanager.specialists import usecases as specialists
from casemanager.specialists.servicer import SpecialistsServicer
from casemanager.tasks.domain.task import AssigneeKind, Kind
from casemanager.tasks.servicer import TasksServicer
from casemanager.tasks.usecases import People, Surroundings
from casemanager.time_off.servicer import TimeOffServicer
from casemanager.units.servicer import BusinessUnitsServicer
from casemanager.value_lists.servicer import ValueListsServicer
from chassis.blobs import Blobs
from chassis.context import ServiceContext
from chassis.pagination import Pager, PageTokens
from chassis.secrets import Sealer
from chassis.service import ServiceDefinition

SCANS = (paperwork_clock.SCANS, reports_clock.SCANS)
"""What is scanned."""
KEPT_BLOBS = (PAPERWORK_BLOBS, REPORT_BLOBS)
"""Whose bytes lie in the blob store."""


async def build(context: ServiceContext[CaseManagerSettings]) -> None:
    """Puts the service together."""
    settings = context.settings
    deps = Deps(
        database=await context.database(),
        clock=context.clock,
        ids=context.ids,
        hashes=context.hashes,
        sealer=Sealer(settings.sealing_public_key.reveal()),
        public_url=settings.public_url,
        pager=Pager(PageTokens(settings.hash_key.reveal())),
        identity=context.client(IdentityStub, settings.identity_address, server="identity", errors=BY_REASON),
        blobs=Blobs(settings.blob_url),
        has_scanner=bool(settings.scanner_url),
    )
    aggregates = ("company", "case_manager", "specialist", "task", "booking", "paperwork", "report", "notification")
    context.publishes("CASEMANAGER", aggregates=aggregates)
    context.serve(*servicers(deps))
    context.background("bookings", lambda: keep_bookings_in_time(deps))
    if settings.scanner_url:
        scanner = Scanner(settings.scanner_url, max_bytes=settings.scanner_max_bytes)
        context.background("scans", lambda: keep_scanning(deps, scanner, SCANS))
    context.background("blobs", lambda: keep_collecting(deps, KEPT_BLOBS))
    context.background("exports", lambda: keep_exports_few(deps))
    context.background("reservations", lambda: keep_reservations_few(deps))
    consumers = await context.consumes()
    consumers.latest("IDENTITY", OrganizationEvent, upsert_organization)
    subscribe(consumers)


AROUND_TASKS = Surroundings(
    people={
        kind: People(myself=of.myself_in_tasks, person=of.task_person, names=of.names_of)
        for kind, of in ((AssigneeKind.CASE_MANAGER, case_managers), (AssigneeKind.SPECIALIST, specialists))
    },
    check_case=check_case,
    find_booking=find_booking,
    managers=managers_in_tasks,
    is_needed={
        Kind.ENABLE_LOGIN: case_managers.is_login_wanted,
        **dict.fromkeys((Kind.UPLOAD_PAPERWORK, Kind.READ_REPORT, Kind.REBOOK), is_task_wanted),
    },
)
"""Whom tasks are for, and what those that follow from something else ask for."""


def servicers(deps: Deps) -> Sequence[object]:
    """One for each gRPC service."""
    in_service = partial(is_in_service, deps)
    return [
        CompaniesServicer(
            deps,
            own_company=partial(case_managers.own_company, deps),
            check_member=partial(case_managers.check_member, deps),
            renamed=partial(refresh_names, deps),
        ),
        CompaniesInternalServicer(deps),
        BusinessUnitsServicer(deps),
        CaseManagersServicer(deps, is_party=partial(is_party, deps)),
        ProfileServicer(deps),
        CaseManagerLoginsServicer(deps),
        LoginOffersServicer(deps),
        TasksServicer(deps, around=AROUND_TASKS),
        BookingSettingsServicer(deps),
        PlacesServicer(deps, is_in_service=in_service, is_booked=partial(is_place_booked, deps)),
        SpecialistsServicer(deps, is_in_service=in_service),
        SpecialistLoginsServicer(deps),
        AvailabilitiesServicer(deps),
        TimeOffServicer(deps),
        SlotsServicer(deps, is_in_service=in_service, check_moving=partial(check_moving, deps)),
        CasesServicer(deps, count_bookings=partial(count_bookings, deps), is_booked=partial(is_booked, deps)),
        BookingsServicer(deps),
        BookingExportsServicer(deps),
        PaperworkServicer(deps),
        ReportsServicer(deps),
        FilesToCheckServicer(deps),
        ValueListsServicer(deps),
    ]


definition = ServiceDefinition(name="casemanager", settings=CaseManagerSettings, build=build)
