"""Staff enter an application on a family's behalf; the first guardian is invited at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from portico.applications.v1.intake_pb2 import CreateApplicationRequest, FindDuplicatesRequest, NewGuardian
from portico.applications.v1.resources_pb2 import Application, Child, ContactMethod
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.text import full_name
from portal.core.context import PageContext
from portal.core.forms import Form, day_of, row_prefix
from portal.core.i18n import LANGUAGES
from portal.core.versions import version_of

MAX_ROWS = {"guardians": 2, "children": 20}
_OF_GUARDIAN = ("given_name", "family_name", "email", "phone")
_OF_CHILD = ("given_name", "family_name", "birth_date")
_CHOSEN = ("preferred_method", "language")
_GROWN_UP = 18
"""From how many years on a child's birth date is asked about once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerns:
    """What to look at once more before it is entered; `version` names exactly these."""

    unreachable: str
    grown_up: Sequence[str]
    duplicates: Sequence[Application]

    def __bool__(self) -> bool:
        return bool(self.unreachable or self.grown_up or self.duplicates)

    @property
    def version(self) -> str:
        """Another one for other concerns, so that only what was read is waved through."""
        return version_of(self.unreachable, list(self.grown_up), [each.number for each in self.duplicates])


async def ask(context: PageContext) -> Response:
    """The empty form, or what was typed before."""
    return _page(context)


async def create(context: PageContext) -> Response:
    """Enters it, and shows it with the invitation on its way; or asks for one more row, or for a second look."""
    context.form = _without_gaps(context.form)
    if context.form["do"] in MAX_ROWS:
        return _page(context, added=context.form["do"])
    applications = context.services.applications
    try:
        request = _request(context.form)
        concerns = _concerns(request, await _duplicates(context, request), context.now.date())
        if concerns and context.form["seen"] != concerns.version:
            context.request_id = request.request_id  # a duplicate may be what this form has entered before
            return _page(context, concerns=concerns)
        application = await applications.CreateApplication(request)
    except ServiceError as error:
        if error.reason not in {"CONTACT_INVALID", "INVALID_REQUEST", "ORGANIZATION_NOT_FOUND"}:
            raise
        context.form = context.form.refused(error, context.i18n)
        return _page(context)
    return context.redirect(f"/staff/applications/{application.id}", flash="created")


async def _duplicates(context: PageContext, request: CreateApplicationRequest) -> Sequence[Application]:
    found = await context.services.applications.FindDuplicates(
        FindDuplicatesRequest(guardians=request.guardians, children=request.children)
    )
    return found.applications


def _concerns(request: CreateApplicationRequest, duplicates: Sequence[Application], today: date) -> Concerns:
    first = request.guardians[0]
    return Concerns(
        unreachable="" if first.email or first.phone else full_name(first.given_name, first.family_name),
        grown_up=[
            child.given_name
            for child in request.children
            if child.HasField("birth_date") and child.birth_date.year <= today.year - _GROWN_UP
        ],
        duplicates=duplicates,
    )


def _page(context: PageContext, *, added: str = "", concerns: Concerns | None = None) -> Response:
    """`added`: the list that gets one more row."""
    rows = {
        things: range(min(limit, max(1, _count(context.form, things)) + (things == added)))
        for things, limit in MAX_ROWS.items()
    }
    return context.render(
        "staff/new.html",
        rows=rows,
        added=added,
        may_add={things: len(rows[things]) < limit for things, limit in MAX_ROWS.items()},
        prefix_of=row_prefix,
        concerns=concerns,
        # Somewhere it is tomorrow already, and the service knows.
        today=context.now.astimezone(context.zone).date(),
    )


def _count(form: Form, things: str) -> int:
    """How many rows of a list the form has."""
    return next(row for row in range(MAX_ROWS[things] + 1) if f"{row_prefix(things, row)}given_name" not in form.values)


def _without_gaps(form: Form) -> Form:
    """The form without the rows that were left empty, but with a first guardian."""
    values = {name: value for name, value in form.values.items() if not _is_of_row(name)}
    for things, fields in (("guardians", _OF_GUARDIAN), ("children", _OF_CHILD)):
        prefixes = [row_prefix(things, row) for row in range(_count(form, things))]
        filled = [prefix for prefix in prefixes if any(form[prefix + name] for name in fields)]
        if things == "guardians":
            filled = filled or prefixes[:1]
        for row, prefix in enumerate(filled):
            values |= {
                row_prefix(things, row) + name: form.raw(prefix + name)
                for name in dict.fromkeys((*fields, *_CHOSEN))
                if prefix + name in form.values
            }
    return replace(form, values=values)


def _is_of_row(name: str) -> bool:
    prefixes = (row_prefix(things, row) for things, limit in MAX_ROWS.items() for row in range(limit))
    fields = {*_OF_GUARDIAN, *_OF_CHILD, *_CHOSEN}
    return any(name.removeprefix(prefix) in fields for prefix in prefixes if name.startswith(prefix))


def _request(form: Form) -> CreateApplicationRequest:
    """Raises InvalidArgument for a birth date that is not a day of the calendar."""
    guardians = [_guardian(form, row_prefix("guardians", row)) for row in range(max(1, _count(form, "guardians")))]
    return CreateApplicationRequest(
        request_id=form["request_id"],
        guardians=guardians,
        children=[_child(form, row, family_name=guardians[0].family_name) for row in range(_count(form, "children"))],
    )


def _guardian(form: Form, prefix: str) -> NewGuardian:
    language = form[f"{prefix}language"]
    by_sms = form[f"{prefix}preferred_method"] == "SMS"
    return NewGuardian(
        **{name: form[prefix + name] for name in _OF_GUARDIAN},
        preferred_method=ContactMethod.SMS if by_sms else ContactMethod.EMAIL,
        language=language if language in LANGUAGES else "",
    )


def _child(form: Form, row: int, *, family_name: str) -> Child:
    """A child has the first guardian's family name unless another one was typed."""
    prefix = row_prefix("children", row)
    child = Child(given_name=form[f"{prefix}given_name"], family_name=form[f"{prefix}family_name"] or family_name)
    if born := form[f"{prefix}birth_date"]:
        child.birth_date.CopyFrom(day_of(born, f"children[{row}].birth_date"))
    return child
