"""The files of all bookings that staff must look at."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from portico.casemanager.v1 import files_to_check_pb2 as pb
from portico.casemanager.v1.files_to_check_pb2_grpc import FilesToCheckServiceServicer

from casemanager.files.domain.states import STUCK_AFTER
from casemanager.files_to_check.storage import (
    LIST_PAPERWORK_TO_CHECK,
    LIST_REPORTS_TO_CHECK,
    NEWEST_TO_CHECK,
    Found,
    newest_of,
)
from casemanager.files_to_check.wire import paperwork_to_check, report_to_check
from casemanager.reports.listing import Listed
from casemanager.reports.usecases import ReportCommands
from casemanager.shared.deps import Deps
from chassis.call import Role, current_call
from chassis.interceptor import Context
from chassis.tasks import together


class FilesToCheckServicer(FilesToCheckServiceServicer):
    """For staff."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def ListFilesToCheck(
        self, request: pb.ListFilesToCheckRequest, context: Context
    ) -> pb.ListFilesToCheckResponse:
        call, database, stuck_time = current_call(), self._deps.database, self._deps.clock() - STUCK_AFTER

        async def fetch(before: tuple[datetime, UUID], limit: int) -> Sequence[Found]:
            at = {"stuck_time": stuck_time, "before_time": before[0], "before_id": before[1], "limit": limit}
            files, reports = await together(
                database.all(LIST_PAPERWORK_TO_CHECK, org_id=call.org_id, **at),
                database.all(LIST_REPORTS_TO_CHECK, org_id=call.org_id, account_id=call.account_id, **at),
            )
            return newest_of([*files, *reports], limit)

        page = await self._deps.pager.page(request, call.org_id, NEWEST_TO_CHECK, fetch)
        commands = await ReportCommands.by(self._deps, call)
        shelves = iter(await commands.listed([each for each in page.items if isinstance(each, Listed)]))
        is_administrator = call.caller.role is Role.STAFF_ADMIN
        files = [
            report_to_check(next(shelves))
            if isinstance(each, Listed)
            else paperwork_to_check(each, is_administrator=is_administrator)
            for each in page.items
        ]
        return pb.ListFilesToCheckResponse(files=files, next_page_token=page.next_token)
