"""What a family sees: its applications over all organizations."""

from portico.applications.v1.service_pb2 import GetMyApplicationRequest, ListMyApplicationsRequest
from starlette.responses import Response

from portal.core.context import Visit

PAGE = 20


async def show_all(visit: Visit) -> Response:
    """My applications, newest first."""
    request = ListMyApplicationsRequest(page_size=PAGE, page_token=visit.query("page"))
    return visit.show("family/applications.html", found=await visit.services.applications.ListMyApplications(request))


async def show(visit: Visit) -> Response:
    """One of them: status, history, how the organization reaches us."""
    request = GetMyApplicationRequest(application_id=visit.param("application_id"))
    application = await visit.services.applications.GetMyApplication(request)
    visit.speak("", application.time_zone)
    return visit.show("family/application.html", application=application)
