"""A case is written to; what may be the same is shown before it is saved."""

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1.case_resources_pb2 import Case
from portico.casemanager.v1.cases_pb2 import UpdateCaseRequest
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.areas.cases.case import address, load
from portal.areas.cases.fields import (
    ABOUT,
    CONSENT,
    SHOWN_CONSENT,
    TEXTS,
    choices,
    consented,
    form_of,
    patch_of,
    people_of,
    without_gaps,
)
from portal.areas.cases.new import seen_version
from portal.core.context import PageContext

NOT_NOW = frozenset({"CASE_CLOSED"})
_COMPARED = ("given_name", "family_name", "birth_date", "company_file_number")
"""What a case is compared with others by."""


async def ask(context: PageContext) -> Response:
    """The form, filled with what is known; whoever only reads the case goes back to it."""
    case = await load(context)
    if Case.EDIT not in case.allowed_actions:
        return context.redirect(address(context))
    if not context.form.values:
        context.form = form_of(case)
    return await _page(context, case)


async def change(context: PageContext) -> Response:
    """Saves what was typed, an empty field too; or asks for one more party, or for a second look."""
    case = await load(context)
    is_added, context.form = context.form["do"] == "parties", without_gaps(context.form)
    if is_added:
        return await _page(context, case, adds=True)
    try:
        changed = await _changed(context, case)
    except ServiceError as error:
        if error.reason in NOT_NOW:
            return context.redirect(address(context), flash=error.reason)
        if error.reason not in ABOUT:
            raise
        context.form = context.form.refused(error, context.i18n, about=ABOUT[error.reason])
        if context.form.is_stale:
            case = await load(context)
            if Case.EDIT not in case.allowed_actions:
                return context.redirect(address(context), flash=error.reason)
        return await _page(context, case)
    if changed.possible_duplicates:
        return await _page(context, case, checked=changed)
    return context.redirect(address(context), flash="case-saved")


async def _changed(context: PageContext, case: Case) -> Case:
    """The case; where it becomes another matter and nobody has seen that it may be there already, not written."""
    form, known = context.form, form_of(case)
    is_consent_new = bool(form[CONSENT]) is not bool(form[SHOWN_CONSENT])
    # Of a case manager the form says nothing about who books for it.
    named = ["case_manager_id"] if form["case_manager_id"] else []
    consent = ["consent_time"] if is_consent_new else []
    request = UpdateCaseRequest(
        case_id=case.id,
        case=patch_of(form, consented(context) if is_consent_new else None),
        update_mask=FieldMask(paths=[*TEXTS, "subject", "parties", *named, *consent]),
    )
    cases = context.services.casemanager
    if any(form[name] != known[name] for name in _COMPARED):
        checked = await cases.UpdateCase(
            UpdateCaseRequest(case_id=case.id, case=request.case, update_mask=request.update_mask, validate_only=True)
        )
        if checked.possible_duplicates and form["seen"] != seen_version(checked):
            return checked
    # Only here: a form that is sent twice is answered as the first time, although its version is an old one by then.
    request.request_id, request.etag = form["request_id"], form["etag"]
    return await cases.UpdateCase(request)


async def _page(context: PageContext, case: Case, *, adds: bool = False, checked: Case | None = None) -> Response:
    """`checked`: with what may be the same."""
    return context.render(
        "cases/edit.html",
        case=case,
        duplicates=checked.possible_duplicates if checked else (),
        seen=seen_version(checked) if checked else "",
        **await choices(context, case.company_id, people_of(case), adds=adds),
    )
