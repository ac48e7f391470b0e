"""Staff enter an application on a family's behalf; the first guardian is invited at once."""

from portico.applications.v1.intake_pb2 import CreateApplicationRequest, NewGuardian
from portico.applications.v1.resources_pb2 import Child, ContactMethod
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.core.context import PageContext
from portal.core.forms import Form, day_of
from portal.core.i18n import LANGUAGES


async def ask(context: PageContext) -> Response:
    """The empty form."""
    return context.render("staff/new.html")


async def create(context: PageContext) -> Response:
    """Enters it, and shows it with the invitation on its way."""
    try:
        application = await context.services.applications.CreateApplication(_request(context.form))
    except ServiceError as error:
        if error.reason not in {"CONTACT_INVALID", "INVALID_REQUEST", "ORGANIZATION_NOT_FOUND"}:
            raise
        context.form = context.form.refused(error, context.i18n)
        return context.render("staff/new.html")
    return context.redirect(f"/staff/applications/{application.id}", flash="created")


def _request(form: Form) -> CreateApplicationRequest:
    return CreateApplicationRequest(
        request_id=form["request_id"],
        guardians=[
            NewGuardian(
                given_name=form["given_name"],
                family_name=form["family_name"],
                email=form["email"],
                phone=form["phone"],
                preferred_method=ContactMethod.SMS if form["preferred_method"] == "SMS" else ContactMethod.EMAIL,
                language=form["language"] if form["language"] in LANGUAGES else "",
            )
        ],
        children=_children(form),
    )


def _children(form: Form) -> list[Child]:
    """The child, when the form tells of one; raises InvalidArgument for what is not a day of the calendar."""
    born = form["child_birth_date"]
    if not form["child_given_name"] and not born:
        return []
    child = Child(given_name=form["child_given_name"], family_name=form["family_name"])
    if born:
        child.birth_date.CopyFrom(day_of(born, "children[0].birth_date"))
    return [child]
