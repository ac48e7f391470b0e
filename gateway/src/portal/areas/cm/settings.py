"""What a case manager sets of themselves: phones, language, time zone, whether they want offers and news."""

from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1.profile_pb2 import ProfilePatch, UpdateMyProfileRequest
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.areas.cm.overview import OVERVIEW, my_profile, no_profile
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.i18n import LANGUAGES, zone_named
from portal.core.zones import zone_choices

SETTINGS = "/cm/settings"
FIELDS = ("phone", "mobile", "language", "time_zone")
_CONSENT, _SHOWN_CONSENT = "promotions_consent", "shown_consent"
_ABOUT = {"CONTACT_INVALID": "", "CONCURRENT_CHANGE": "", "INVALID_REQUEST": "", "TIME_ZONE_INVALID": "time_zone"}
"""The refusals that the form can mend, each with the field that it is about where it names none."""


async def show(context: PageContext) -> Response:
    """The form, filled with what is known; what was typed and refused stays."""
    person = await my_profile(context)
    if person is None:
        return no_profile(context)
    if not context.form.values:
        consent = "yes" if person.promotions_consent else ""
        values = {name: getattr(person, name) for name in FIELDS}
        context.form = Form({**values, _CONSENT: consent, _SHOWN_CONSENT: consent})
    return context.render("cm/settings.html", person=person, **_choices(context))


async def change(context: PageContext) -> Response:
    """Saves what was typed, an empty field too; from now on the pages speak the chosen language."""
    chosen = LANGUAGES.get(context.form["language"])
    values = {**{name: context.form[name] for name in FIELDS}, "language": chosen or context.i18n.language}
    consent, shown = bool(context.form[_CONSENT]), bool(context.form[_SHOWN_CONSENT])
    request = UpdateMyProfileRequest(
        request_id=context.form["request_id"],
        profile=ProfilePatch(**values, promotions_consent=consent),
        # A tick that nobody touched says nothing.
        update_mask=FieldMask(paths=[*FIELDS, *([_CONSENT] if consent is not shown else [])]),
        etag=context.form["etag"],
    )
    try:
        await context.services.casemanager.UpdateMyProfile(request)
    except ServiceError as error:
        if error.reason == "CASE_MANAGER_NOT_FOUND":
            return context.redirect(OVERVIEW)
        if error.reason not in _ABOUT:
            raise
        context.form = context.form.refused(error, context.i18n, about=_ABOUT[error.reason])
        return await show(context)
    context.chosen_language = chosen or context.chosen_language
    return context.redirect(SETTINGS, flash="profile-saved")


def _choices(context: PageContext) -> dict[str, Any]:
    home = zone_named(context.person.time_zone)
    # A browser knows where it is: the zone that is wanted most often.
    device = str(context.device_zone or "")
    return {"zones": zone_choices(context.i18n, home, device, context.form["time_zone"]), "device_zone": device}
