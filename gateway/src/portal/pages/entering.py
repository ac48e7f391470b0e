"""Staff enter an application on a family's behalf; the first guardian is invited at once."""

from google.type.date_pb2 import Date
from portico.applications.v1.resources_pb2 import Child, ContactMethod
from portico.applications.v1.service_pb2 import CreateApplicationRequest, NewGuardian
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.forms import Form
from portal.visit import Visit


async def ask(visit: Visit) -> Response:
    """The empty form."""
    return visit.show("staff/new.html")


async def create(visit: Visit) -> Response:
    """Enters it, and shows it with the invitation on its way."""
    form = visit.form
    request = CreateApplicationRequest(
        request_id=form["request_id"],
        guardians=[
            NewGuardian(
                given_name=form["given_name"],
                family_name=form["family_name"],
                email=form["email"],
                phone=form["phone"],
                preferred_method=ContactMethod.SMS if form["preferred_method"] == "SMS" else ContactMethod.EMAIL,
                language=form["language"] if form["language"] in {"en", "es"} else "",
            )
        ],
        children=_children(form),
    )
    try:
        application = await visit.services.applications.CreateApplication(request)
    except ServiceError as error:
        if error.reason not in {"CONTACT_INVALID", "INVALID_REQUEST", "ORGANIZATION_NOT_FOUND"}:
            raise
        visit.form = form.refused(error, visit.words)
        return visit.show("staff/new.html")
    return visit.go(f"/staff/applications/{application.id}", notice="created")


def _children(form: Form) -> list[Child]:
    """The child, when the form names one."""
    if not form["child_given_name"]:
        return []
    child = Child(given_name=form["child_given_name"], family_name=form["family_name"])
    numbers = form["child_birth_date"].split("-")  # as browsers send a day: 2023-05-14
    if len(numbers) == 3 and all(number.isdecimal() and len(number) < 5 for number in numbers):
        year, month, day = map(int, numbers)
        child.birth_date.CopyFrom(Date(year=year, month=month, day=day))
    return [child]
