"""The words that the organization chooses from: a line for each, in English and in Spanish."""

from collections.abc import Mapping, Sequence

from portico.casemanager.v1.value_lists_pb2 import ListedValue, ListValuesRequest, UpdateValueListRequest, ValueList
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.text import plain
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.i18n import N_

VALUES = "/value-lists"
KINDS: Mapping[str, ValueList.Kind.ValueType] = {
    "service-types": ValueList.SERVICE_TYPES,
    "specialties": ValueList.SPECIALTIES,
    "claim-types": ValueList.CLAIM_TYPES,
    "positions": ValueList.POSITIONS,
}
"""The lists by what stands in their addresses."""
TITLES: Mapping[str, str] = {
    "service-types": N_("Types of service"),
    "specialties": N_("Specialties"),
    "claim-types": N_("Types of claim"),
    "positions": N_("Positions"),
}
_MAX_KEY = 90
_FIELD = "values"


async def show(context: PageContext) -> Response:
    """All lists, in the reader's words."""
    found = await context.services.casemanager.ListValues(ListValuesRequest())
    lists = {each.kind: each.values for each in found.lists}
    return context.render("settings/value_lists.html", titles=TITLES, lists=lists, kinds=KINDS)


async def ask(context: PageContext) -> Response:
    """One of them as lines; what was typed and refused stays."""
    found = await _load(context)
    if not context.form.values:
        context.form = Form({_FIELD: "\n".join(_line(value) for value in found.values)})
    return context.render(
        "settings/value_list.html", title=TITLES[_slug(context)], here=_here(context), etag=found.etag
    )


async def change(context: PageContext) -> Response:
    """Saves the lines; a value keeps its key, also where its words were changed in its place."""
    lines = [line for line in context.form[_FIELD].split("\n") if line.strip(" /")]
    request = UpdateValueListRequest(
        request_id=context.form["request_id"],
        kind=KINDS[_slug(context)],
        values=keyed([_words(line) for line in lines], (await _load(context)).values),
        etag=context.form["etag"],
    )
    try:
        await context.services.casemanager.UpdateValueList(request)
    except ServiceError as error:
        if error.reason not in {"CONCURRENT_CHANGE", "INVALID_REQUEST"}:
            raise
        context.form = context.form.refused(error, context.i18n, about=_FIELD)
        return await ask(context)
    return context.redirect(VALUES, flash="values-saved")


def keyed(written: Sequence[tuple[str, str]], before: Sequence[ListedValue]) -> list[ListedValue]:
    """The values with their keys: by the English words, or by the place in a list of the same length; else new ones."""
    by_words = {value.english: value.key for value in before}
    known = [by_words.get(english, "") for english, _ in written]
    if len(written) == len(before):
        known = [key or ("" if old.key in known else old.key) for key, old in zip(known, before, strict=True)]
    values: list[ListedValue] = []
    taken = {key.casefold() for key in known if key}
    for key, (english, spanish) in zip(known, written, strict=True):
        chosen = key or _new_key(english, taken)
        taken.add(chosen.casefold())
        values.append(ListedValue(key=chosen, english=english, spanish=spanish))
    return values


def _new_key(english: str, taken: set[str]) -> str:
    begin = plain(english).upper().replace(" ", "_")[:_MAX_KEY] or "VALUE"
    numbered = (begin, *(f"{begin}_{number}" for number in range(2, len(taken) + 3)))
    return next(key for key in numbered if key.casefold() not in taken)


def _words(line: str) -> tuple[str, str]:
    english, _, spanish = line.partition(" / ")
    return english.strip(), spanish.strip()


def _line(value: ListedValue) -> str:
    return f"{value.english} / {value.spanish}" if value.spanish else value.english


async def _load(context: PageContext) -> ValueList:
    """The list of the address, as it is now."""
    kind = KINDS[_slug(context)]
    found = (await context.services.casemanager.ListValues(ListValuesRequest(kind=kind))).lists
    return next((each for each in found if each.kind == kind), ValueList())


def _slug(context: PageContext) -> str:
    """The list of the address."""
    slug = context.param("kind")
    return slug if slug in KINDS else context.not_found()


def _here(context: PageContext) -> str:
    return f"{VALUES}/{_slug(context)}"
