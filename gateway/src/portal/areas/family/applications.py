"""What a family sees: its applications over all organizations."""

from portico.applications.v1.families_pb2 import GetMyApplicationRequest, ListMyApplicationsRequest
from starlette.responses import Response

from portal.areas.family import labels
from portal.areas.family.offers import offers_of
from portal.core.answers import answer_lines
from portal.core.context import PageContext
from portal.core.profiles import profile_of

PAGE = 20


async def show_all(context: PageContext) -> Response:
    """My applications, newest first."""
    request = ListMyApplicationsRequest(page_size=PAGE, page_token=context.query("page"))
    found = await context.services.applications.ListMyApplications(request)
    offers = await offers_of(context)
    if len({application.organization_name for application in found.applications}) == 1:
        context.organization = profile_of(found.applications[0])
    return context.render("family/applications.html", labels=labels, found=found, offers=offers)


async def show(context: PageContext) -> Response:
    """One of them: where it stands, what is missing, what comes next, what we asked for, and what happened."""
    request = GetMyApplicationRequest(application_id=context.param("application_id"))
    application = await context.services.applications.GetMyApplication(request)
    offers = await offers_of(context)
    context.speak("", application.time_zone)
    context.organization = profile_of(application)
    answers = answer_lines(application.answers, context.i18n)
    return context.render(
        "family/application.html", labels=labels, application=application, answers=answers, offers=offers
    )
