"""Staff add a specialist."""

from portico.casemanager.v1.specialists_pb2 import CreateSpecialistRequest
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.areas.specialists.fields import ABOUT, choices, patch_of
from portal.areas.specialists.search import LIST
from portal.core.context import PageContext
from portal.core.forms import Form


async def ask(context: PageContext) -> Response:
    """The form, by the clock of the organization; what was typed and refused stays."""
    if not context.form.values:
        zone, language = context.person.time_zone, context.i18n.language
        context.form = Form({"time_zone": zone, "language": language, "place_ids": context.query("place")})
    return context.render("specialists/new.html", **await choices(context))


async def create(context: PageContext) -> Response:
    """Adds the person, and shows the profile; what is wrong stands beside its field."""
    request = CreateSpecialistRequest(request_id=context.form["request_id"], specialist=patch_of(context.form))
    try:
        specialist = await context.services.casemanager.CreateSpecialist(request)
    except ServiceError as error:
        if error.reason not in ABOUT:
            raise
        context.form = context.form.refused(error, context.i18n, about=ABOUT[error.reason])
        return await ask(context)
    return context.redirect(f"{LIST}/{specialist.id}", flash="specialist-created")
