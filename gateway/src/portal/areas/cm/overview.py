"""Where case managers begin: what waits for them, who they are here, and where to go on."""

from portico.casemanager.v1.profile_pb2 import GetMyProfileRequest
from portico.casemanager.v1.resources_pb2 import CaseManager
from portico.casemanager.v1.value_lists_pb2 import ValueList
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.tasks import together
from portal.core.context import PageContext
from portal.core.labels import TASK_TITLES
from portal.core.organizations import show_organization
from portal.core.tasks import next_tasks
from portal.core.values import values_of

OVERVIEW = "/cm"


async def my_profile(context: PageContext) -> CaseManager | None:
    """Who is signed in; None for a login to which no profile belongs. The page is from now on their organization's."""
    _, person = await together(
        show_organization(context, context.person.realm, context.person.organization), _profile(context)
    )
    return person


async def show(context: PageContext) -> Response:
    """The page; a login without a profile reads whom to ask."""
    person, waiting, values = await together(my_profile(context), next_tasks(context), values_of(context))
    if person is None:
        return no_profile(context)
    position = values.words(ValueList.POSITIONS, person.position)
    return context.render("cm/overview.html", person=person, position=position, waiting=waiting, titles=TASK_TITLES)


def no_profile(context: PageContext) -> Response:
    """Whom to ask about a login to which no profile belongs."""
    return context.render("cm/no_profile.html", status=404)


async def _profile(context: PageContext) -> CaseManager | None:
    try:
        return await context.services.casemanager.GetMyProfile(GetMyProfileRequest())
    except ServiceError as error:
        if error.reason != "CASE_MANAGER_NOT_FOUND":
            raise
        return None
