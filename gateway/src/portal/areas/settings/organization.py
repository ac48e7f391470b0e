"""How the organization shows itself: what families and staff see of it on pages and in messages."""

from dataclasses import replace

from google.protobuf.field_mask_pb2 import FieldMask
from portico.identity.v1.organizations_pb2 import GetMyOrganizationRequest, OrganizationPatch, UpdateOrganizationRequest
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.core.brand import shade
from portal.core.context import PageContext
from portal.core.forms import Form

FIELDS = ("name", "phone", "email", "hours", "web_page", "color")
LISTED = "listed"
PORTICO_COLOR = "#14603a"
"""What the pages of an organization have that has chosen none (`static/`)."""


async def show(context: PageContext) -> Response:
    """The form, filled with what is known; what was typed and refused stays."""
    organization = await context.services.identity.GetMyOrganization(GetMyOrganizationRequest())
    context.organization = organization
    if not context.form.values:
        values = {name: getattr(organization, name) for name in FIELDS}
        context.form = Form({**values, LISTED: "yes" if organization.listed else ""})
    color = organization.color or PORTICO_COLOR
    return context.render("settings/organization.html", organization=organization, color=color, shade=shade(color))


async def change(context: PageContext) -> Response:
    """Saves what was typed, an empty field too; all who hear of the organization show it."""
    patch = OrganizationPatch(**{name: context.form[name] for name in FIELDS}, listed=bool(context.form[LISTED]))
    request = UpdateOrganizationRequest(
        request_id=context.form["request_id"], organization=patch, update_mask=FieldMask(paths=[*FIELDS, LISTED])
    )
    try:
        saved = await context.services.identity.UpdateOrganization(request)
    except ServiceError as error:
        if error.reason != "INVALID_REQUEST":
            raise
        context.form = context.form.refused(error, context.i18n)
        return await show(context)
    context.session = replace(context.person, organization=saved.name, color=saved.color)
    return context.redirect("/settings", flash="organization-saved")
