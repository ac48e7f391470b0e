"""What is written of a case: the fields of the forms of a new one and of one that is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from portico.casemanager.v1.case_managers_pb2 import ListCaseManagersRequest
from portico.casemanager.v1.case_resources_pb2 import Case, CaseParty
from portico.casemanager.v1.cases_pb2 import CasePartyPatch, CasePatch, CaseSubjectPatch
from portico.casemanager.v1.resources_pb2 import CaseManager
from portico.casemanager.v1.value_lists_pb2 import ValueList

from chassis.tasks import together
from chassis.text import full_name
from chassis.wire import timestamp
from portal.areas.cases import labels
from portal.areas.cases.sides import STAFF, myself, side_of
from portal.core.context import PageContext
from portal.core.forms import Form, row_prefix
from portal.core.i18n import N_
from portal.core.values import values_of

TEXTS = (
    *("service_type", "claim_type", "company_file_number", "claim_number"),
    *("interpreter_language", "needs", "note"),
)
SUBJECT = ("given_name", "family_name", "birth_date", "phone")
CONSENT, CONSENT_TIME = "consent", "consent_time"
SHOWN_CONSENT = "shown_consent"
"""How the tick was when the form was shown: one that nobody touched says nothing, whatever was written since."""
MAX_PARTIES = 20
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"
_OF_PARTY = ("role", "case_manager_id", "name", "email")
ABOUT: Mapping[str, str] = {
    "PARTY_INVALID": "",
    "CONTACT_INVALID": "",
    "INVALID_REQUEST": "",
    "CASE_MANAGER_INACTIVE": "",
    "COMPANY_INACTIVE": "",
    "CONCURRENT_CHANGE": "",
    "VALUE_NOT_LISTED": "",
}
"""The refusals that the form can mend, each with the field that it is about where it names none."""


def form_of(case: Case) -> Form:
    """The form, filled with what is known."""
    values = {name: str(getattr(case, name)) for name in (*TEXTS, "case_manager_id")}
    values |= {name: str(getattr(case.subject, name)) for name in SUBJECT}
    values[CONSENT] = values[SHOWN_CONSENT] = "yes" if case.HasField("consent_time") else ""
    values["etag"] = case.etag
    for row, party in enumerate(case.parties):
        prefix = row_prefix("parties", row)
        values |= {prefix + name: str(getattr(party, name)) for name in _OF_PARTY[1:]}
        values[f"{prefix}role"] = CaseParty.Role.Name(party.role)
    return Form(values)


def without_gaps(form: Form) -> Form:
    """The form without the rows of parties that were left empty, so that what is refused stands in its row."""
    rows = [row_prefix("parties", row) for row in range(MAX_PARTIES + 1)]
    values = {name: value for name, value in form.values.items() if not _is_of_party(name, rows)}
    filled = [prefix for prefix in rows if any(form[prefix + name] for name in _OF_PARTY[1:])]
    for row, prefix in enumerate(filled[:MAX_PARTIES]):
        values |= {row_prefix("parties", row) + name: form.raw(prefix + name) for name in _OF_PARTY}
    return replace(form, values=values)


def patch_of(form: Form, now: Timestamp | None) -> CasePatch:
    """What was typed; `now` is when the person consented, None: they have not, or it was written before."""
    return CasePatch(
        **{name: form[name] for name in (*TEXTS, "case_manager_id")},
        subject=CaseSubjectPatch(**{name: form[name] for name in SUBJECT}),
        consent_time=now,
        parties=[_party(form, row_prefix("parties", row)) for row in range(_count(form))],
    )


def people_of(case: Case) -> dict[str, str]:
    """The case managers whom a case names, by id."""
    parties = {party.case_manager_id: party.name for party in case.parties if party.case_manager_id}
    return {case.case_manager_id: case.case_manager_name, **parties}


def consented(context: PageContext) -> Timestamp | None:
    """When the consent was received, as the box says: when the form was drawn, so that sent twice it says the same."""
    if not context.form[CONSENT]:
        return None
    try:
        drawn = datetime.strptime(context.form[CONSENT_TIME], _INSTANT).replace(tzinfo=UTC)
    except ValueError:
        drawn = context.now
    return timestamp(min(drawn, context.now))


def _party(form: Form, prefix: str) -> CasePartyPatch:
    role, case_manager_id = form[f"{prefix}role"], form[f"{prefix}case_manager_id"]
    return CasePartyPatch(
        role=CaseParty.Role.Value(role) if role in labels.ROLES else CaseParty.OTHER,
        case_manager_id=case_manager_id,
        name="" if case_manager_id else form[f"{prefix}name"],
        email="" if case_manager_id else form[f"{prefix}email"],
    )


def _count(form: Form) -> int:
    """How many rows of parties the form has; it has no gaps."""
    return next(row for row in range(MAX_PARTIES + 1) if f"{row_prefix('parties', row)}name" not in form.values)


def _is_of_party(name: str, prefixes: Sequence[str]) -> bool:
    return any(name == prefix + field for prefix in prefixes for field in _OF_PARTY)


async def choices(
    context: PageContext, company_id: str, known: Mapping[str, str] | None = None, *, adds: bool = False
) -> dict[str, Any]:
    """What the form offers: service and claim types, and rows of parties, of which `adds` asks for one more.

    `known` are the case managers by id whom it names already.
    """
    values, colleagues, _ = await together(values_of(context), _colleagues(context, company_id), myself(context))
    form, count = context.form, _count(context.form)
    people = {**(known or {})}
    people |= {person.id: full_name(person.given_name, person.family_name) for person in colleagues}
    return {
        "labels": labels,
        "side": side_of(context),
        "service_types": values.choices(ValueList.SERVICE_TYPES, form["service_type"]),
        "claim_types": values.choices(ValueList.CLAIM_TYPES, form["claim_type"]),
        "rows": range(min(MAX_PARTIES, count + adds)),
        "prefix_of": row_prefix,
        "adds": adds,
        "may_add": count + adds < MAX_PARTIES,
        "party_roles": [(value, context.i18n(words)) for value, words in labels.ROLES.items()],
        "colleagues": [*people.items()],
        "people": [("", context.i18n(N_("no case manager"))), *people.items()],
        CONSENT_TIME: form[CONSENT_TIME] or f"{context.now:{_INSTANT}}",
        "today": context.now.astimezone(context.zone).date(),
    }


async def _colleagues(context: PageContext, company_id: str) -> Sequence[CaseManager]:
    """The active case managers of the company, for staff; at most a page of them."""
    if side_of(context) is not STAFF or not company_id:
        return ()
    request = ListCaseManagersRequest(
        page_size=200, company_id=company_id, account_status=CaseManager.ACTIVE, order_by="family_name"
    )
    return (await context.services.casemanager.ListCaseManagers(request)).case_managers
