"""Another email or phone for families whose access was taken away for that, typed by row or read from a file."""

import csv
import re
from collections.abc import Sequence
from http import HTTPStatus

from portico.applications.v1.batch_requests_pb2 import (
    GetBatchRequest,
    ListBatchRowsRequest,
    NewContact,
    SetBatchContactsRequest,
)
from portico.applications.v1.batch_resources_pb2 import BatchRow
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.areas.batches import labels
from portal.areas.batches.actions import ids
from portal.core.context import PageContext
from portal.core.error_messages import error_message, violation_message
from portal.core.forms import Form
from portal.core.i18n import N_, I18n

PAGE, MAX_CONTACTS = 25, 10_000
SECONDS = 14.0
"""For a whole file, a second below what the gateway waits for a page."""
_PATH = re.compile(r"contacts\[(\d+)\]\.(\w+)")


async def ask(context: PageContext) -> Response:
    """The unlinked families, with empty fields; what was typed and refused stays."""
    batch_id = context.param("batch_id")
    applications = context.services.applications
    batch = await applications.GetBatch(GetBatchRequest(batch_id=batch_id))
    found = await applications.ListBatchRows(
        ListBatchRowsRequest(
            batch_id=batch_id, outcomes=[BatchRow.UNLINKED], page_size=PAGE, page_token=context.query("page")
        )
    )
    return context.render(
        "batches/contacts.html", labels=labels, batch=batch, found=found, is_first_page=not context.query("page")
    )


async def save(context: PageContext) -> Response:
    """Gives what was typed to applications; then the next page of families, or the same with what is wrong."""
    form, is_file = context.form, "file" in context.form.values
    contacts, places = _of_file(form["file"]) if is_file else _of_rows(form)
    problem = ""
    if not contacts:
        problem = context.i18n(N_("There is no email address and no phone number to save."))
    elif len(contacts) > MAX_CONTACTS:
        problem = context.i18n(N_("A file can have 10,000 lines. Please send it in parts."))
    else:
        request = SetBatchContactsRequest(**ids(context), contacts=contacts)
        try:
            saved = await context.services.applications.SetBatchContacts(request, timeout=SECONDS)
        except ServiceError as error:
            if error.reason not in {"CONTACT_INVALID", "INVALID_REQUEST"}:
                raise
            context.form = _refused(form, error, places, context.i18n, is_file=is_file)
            return await ask(context)
        if not saved.skipped_numbers:
            return context.redirect(_next(context), flash="batch-contacts-saved")
        problem = context.i18n(N_("%(count)s are saved. Not found in this batch, or changed since: %(numbers)s")) % {
            "count": saved.changed_count,
            "numbers": ", ".join(saved.skipped_numbers[:PAGE]),
        }
    context.form = Form(form.values, problem=problem, status=HTTPStatus.BAD_REQUEST)
    return await ask(context)


def _next(context: PageContext) -> str:
    return context.next or f"/staff/batches/{context.param('batch_id')}/contacts"


def _of_rows(form: Form) -> tuple[list[NewContact], list[str]]:
    """What was typed beside each number, and the row of each."""
    rows = [name.removeprefix("number") for name in form.values if name.startswith("number")]
    typed = [row for row in rows if form[f"email{row}"] or form[f"phone{row}"]]
    contacts = [
        NewContact(application_number=form[f"number{row}"], email=form[f"email{row}"], phone=form[f"phone{row}"])
        for row in typed
    ]
    return contacts, typed


def _of_file(text: str) -> tuple[list[NewContact], list[str]]:
    r"""The lines `number,email,phone` (RFC 4180, or with semicolons) that have a contact, and the number of each.

    >>> _of_file("number;email;phone\nA-000007;ana@example.org;\nA-000008;;")[1]
    ['2']
    """
    first = text.partition("\n")[0]
    reader = csv.reader(text.splitlines(), delimiter=";" if ";" in first and "," not in first else ",")
    contacts, lines = [], []
    for row in reader:
        number, email, phone = ([each.strip() for each in row] + ["", "", ""])[:3]
        is_head = reader.line_num == 1 and not any(each.isdecimal() for each in number)
        if not is_head and (email or phone):
            contacts.append(NewContact(application_number=number, email=email, phone=phone))
            lines.append(str(reader.line_num))
    return contacts, lines


def _refused(form: Form, error: ServiceError, places: Sequence[str], i18n: I18n, *, is_file: bool) -> Form:
    """The form with what is wrong beside each field, or by line of the file."""
    problems: dict[str, list[str]] = {}
    lines: list[str] = []
    for violation in error.violations:
        if not (found := _PATH.search(violation.field)):
            continue
        place, words = places[int(found[1])], violation_message(violation, i18n)
        problems.setdefault(f"{found[2]}{place}", []).append(words)
        lines.append(i18n(N_("Line %(line)s: %(problem)s")) % {"line": place, "problem": words})
    if is_file:
        return Form(form.values, {"file": lines}, error_message(error, i18n), HTTPStatus.BAD_REQUEST)
    return Form(form.values, problems, error_message(error, i18n), HTTPStatus.BAD_REQUEST)
