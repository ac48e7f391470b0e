"""Files that somebody must look at, as the contract has them."""

from portico.casemanager.v1 import files_to_check_pb2 as pb

from casemanager.files_to_check.storage import FileToCheck
from casemanager.paperwork.domain.file import Action, is_allowed
from casemanager.paperwork.wire import file_message
from casemanager.reports.domain.report import Shelf
from casemanager.reports.wire import report_message


def paperwork_to_check(each: FileToCheck, *, is_administrator: bool) -> pb.FileToCheck:
    """A file of paperwork as staff see it, who see all bookings."""
    file = each.file
    actions = [one for one in Action if is_allowed(file, one, may_delete=True, is_administrator=is_administrator)]
    return pb.FileToCheck(booking_number=each.booking_number, paperwork=file_message(file, actions))


def report_to_check(shelf: Shelf) -> pb.FileToCheck:
    """The one version of a report that is on the shelf."""
    (report,) = shelf.reports
    return pb.FileToCheck(booking_number=shelf.seen.booking.number, report=report_message(shelf, report))
