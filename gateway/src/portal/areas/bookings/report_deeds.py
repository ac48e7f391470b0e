"""What staff do with a version of a report: taken back, and, by administrators, released or checked once more."""

from __future__ import annotations

from portico.casemanager.v1 import reports_pb2 as requests
from portico.casemanager.v1.report_resources_pb2 import Report
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.tasks import together
from portal.areas.bookings.file_deeds import TO_CHECK
from portal.areas.bookings.reports import load_version, page_of, words
from portal.areas.bookings.sides import show_own_organization
from portal.core.context import PageContext

_NOT_NOW = frozenset({"ACTION_NOT_ALLOWED", "CONCURRENT_CHANGE", "REPORT_WITHDRAWN", "REPORT_NOT_FOUND"})
"""What no longer fits: the page shows what fits now."""


async def ask_withdraw(context: PageContext) -> Response:
    """Asks why."""
    return await _asked(context, Report.WITHDRAW, "bookings/withdraw_report.html", otherwise="REPORT_WITHDRAWN")


async def withdraw(context: PageContext) -> Response:
    """Takes the version back; the page then shows who had it."""
    request = requests.WithdrawReportRequest(**_ids(context), reason=context.form["reason"])
    try:
        answer = await context.services.casemanager.WithdrawReport(request)
    except ServiceError as error:
        if _asks_for_reason(context, error):
            return await ask_withdraw(context)
        return _not_now(context, error)
    flash = "report-withdrawn-read" if answer.downloads else "report-withdrawn"
    return context.redirect(_back(context), flash=flash)


async def ask_release(context: PageContext) -> Response:
    """Asks why."""
    return await _asked(context, Report.RELEASE, "bookings/release_report.html", otherwise="ACTION_NOT_ALLOWED")


async def release(context: PageContext) -> Response:
    """Calls a version clean that was held back."""
    request = requests.ReleaseReportRequest(**_ids(context), reason=context.form["reason"])
    try:
        await context.services.casemanager.ReleaseReport(request)
    except ServiceError as error:
        if _asks_for_reason(context, error):
            return await ask_release(context)
        return _not_now(context, error)
    return context.redirect(_back(context), flash="report-released")


async def rescan(context: PageContext) -> Response:
    """Has a version checked at once."""
    try:
        await context.services.casemanager.RescanReport(requests.RescanReportRequest(**_ids(context)))
    except ServiceError as error:
        return _not_now(context, error)
    return context.redirect(_back(context), flash="file-rescanned")


def _ids(context: PageContext) -> dict[str, str]:
    return {"request_id": context.form["request_id"], "report_id": context.param("report_id")}


def _back(context: PageContext) -> str:
    """To where it was begun: the page of the version, or the files of all bookings."""
    return TO_CHECK if context.next == TO_CHECK else page_of(context)


async def _asked(context: PageContext, action: Report.Action.ValueType, template: str, *, otherwise: str) -> Response:
    """The page that asks, where it can be done now; else the version, with what is told then."""
    report, _ = await together(load_version(context), show_own_organization(context))
    if action not in report.allowed_actions:
        return context.redirect(_back(context), flash=otherwise)
    return context.render(template, **words(), report=report, back=_back(context))


def _asks_for_reason(context: PageContext, error: ServiceError) -> bool:
    """Whether the form is to be shown once more, with what is wrong in it."""
    is_refused = error.reason == "INVALID_REQUEST" and bool(error.violations)
    if is_refused:
        context.form = context.form.refused(error, context.i18n)
    return is_refused


def _not_now(context: PageContext, error: ServiceError) -> Response:
    if error.reason not in _NOT_NOW:
        raise error
    return context.redirect(_back(context), flash=error.reason)
