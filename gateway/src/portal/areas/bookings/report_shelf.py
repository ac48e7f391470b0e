"""The versions of a booking's report, as its pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portico.casemanager.v1.report_resources_pb2 import Report, ReportRecipient
from portico.casemanager.v1.reports_pb2 import ListBookingReportsRequest

from portal.core.context import PageContext
from portal.core.versions import version_of

MAX_VERSIONS = 50
"""Of a booking, so that all of them fit on a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """What a page shows of a booking's report, the newest version first; `recipients` would get the next one."""

    reports: Sequence[Report]
    can_file: bool
    recipients: Sequence[ReportRecipient]
    version: str

    @property
    def is_moving(self) -> bool:
        """Whether a version is being checked right now."""
        return any(report.state == Report.SCANNING for report in self.reports)


async def load_reports(context: PageContext) -> Versions:
    """The versions of the booking of the address that this person sees."""
    request = ListBookingReportsRequest(booking_id=context.param("booking_id"), page_size=MAX_VERSIONS)
    found = await context.services.casemanager.ListBookingReports(request)
    return Versions(
        reports=found.reports,
        can_file=found.can_file,
        recipients=found.default_recipients,
        version=version_of(found),
    )
