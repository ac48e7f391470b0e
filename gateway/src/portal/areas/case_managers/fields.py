"""What is written of a case manager: the fields of the forms of a new one and of a profile."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1.case_managers_pb2 import CaseManagerPatch
from portico.casemanager.v1.resources_pb2 import CaseManager
from portico.casemanager.v1.value_lists_pb2 import ValueList

from chassis.tasks import together
from portal.core.colleagues import all_colleagues, colleague_choices
from portal.core.companies import units_of
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.i18n import LANGUAGES, zone_named
from portal.core.values import values_of
from portal.core.zones import zone_choices

WRITTEN = (
    *("business_unit_id", "title", "given_name", "family_name", "position", "email", "phone", "mobile"),
    *("suburb", "postcode", "state", "language", "responsible_staff_id", "note", "time_zone"),
)
COMPANY, SHOWN_COMPANY = "company_id", "shown_company"
"""Of a profile: the company that was chosen, and where the person was when the form was shown."""
VERIFIED = "contact_verified"
CONSENT = "promotions_consent"
SHOWN_CONSENT = "shown_consent"
"""How the tick was when the form was shown: one that nobody touched says nothing, whatever the person said since."""
ABOUT: Mapping[str, str] = {
    "EMAIL_TAKEN": "email",
    "UNIT_NOT_FOUND": "business_unit_id",
    "TIME_ZONE_INVALID": "time_zone",
    "CONTACT_INVALID": "",
    "COMPANY_INACTIVE": "",
    "COMPANY_FIXED": COMPANY,
    "VALUE_NOT_LISTED": "position",
    "CONCURRENT_CHANGE": "",
    "INVALID_REQUEST": "",
}
"""The refusals that the form can mend, each with the field that it is about where it names none."""


def form_of(person: CaseManager) -> Form:
    """The form, filled with what is known."""
    values = {name: getattr(person, name) for name in WRITTEN}
    consent = "yes" if person.promotions_consent else ""
    company = {COMPANY: person.company_id, SHOWN_COMPANY: person.company_id}
    ticks = {VERIFIED: "yes" if person.contact_verified else "", CONSENT: consent, SHOWN_CONSENT: consent}
    return Form({**values, **ticks, **company})


def patch_of(form: Form) -> CaseManagerPatch:
    """What was typed."""
    values = {name: form[name] for name in WRITTEN}
    values["language"] = values["language"] if values["language"] in LANGUAGES else ""
    values[COMPANY] = form[COMPANY] if _moves(form) else ""
    return CaseManagerPatch(**values, contact_verified=bool(form[VERIFIED]), promotions_consent=bool(form[CONSENT]))


def mask(form: Form) -> FieldMask:
    """All that the form has, so that an empty field is emptied; of the consent only what was changed.

    The units that it offers are those of the company before.
    """
    written = [COMPANY, *(name for name in WRITTEN if name != "business_unit_id")] if _moves(form) else WRITTEN
    return FieldMask(paths=[*written, VERIFIED, *changed_consent(form)])


def _moves(form: Form) -> bool:
    """Whether another company was chosen; a new person is of the one for which the form was opened."""
    return bool(form[SHOWN_COMPANY]) and form[COMPANY] != form[SHOWN_COMPANY]


def changed_consent(form: Form) -> Sequence[str]:
    """The field of the consent, where its tick was set or taken away."""
    return [CONSENT] if bool(form[CONSENT]) is not bool(form[SHOWN_CONSENT]) else []


async def choices(context: PageContext, company_id: str) -> dict[str, Any]:
    """What can be chosen in the form: positions, units of the company, colleagues, time zones."""
    units, colleagues, values = await together(
        units_of(context, company_id), all_colleagues(context), values_of(context)
    )
    form, home = context.form, zone_named(context.person.time_zone)
    return {
        "positions": values.choices(ValueList.POSITIONS, form["position"]),
        "units": [(unit.id, unit.name) for unit in units],
        "colleagues": colleague_choices(colleagues, form["responsible_staff_id"], context),
        "zones": zone_choices(context.i18n, home, form["time_zone"]),
    }
