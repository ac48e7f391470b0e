"""What happened to the logins and to the organization: filters, pages, and all of it as a file."""

from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

from portico.identity.v1.audit_pb2 import (
    AuditEvent,
    ExportAuditEventsRequest,
    ListAuditEventsRequest,
    ListAuditEventsResponse,
)
from portico.identity.v1.login_users_pb2 import GetLoginUserRequest
from starlette.responses import Response

from chassis.errors import InvalidArgument, NotFound
from portal.areas.people import labels
from portal.core.context import PageContext
from portal.core.downloads import format_of, sent_file, ways_home
from portal.core.forms import Form
from portal.core.i18n import zone_named
from portal.core.paging import ways

AUDIT = "/people/audit"
PAGE = 50
_DAYS = frozenset({"start_date", "end_date"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is looked for, as it stands in the address; empty: everything. The days are those of the organization."""

    action: str = ""
    outcome: str = ""
    start_date: str = ""
    end_date: str = ""
    subject_id: str = ""
    actor_id: str = ""

    @classmethod
    def of(cls, context: PageContext) -> "Chosen":
        """From the address; actions and outcomes that there are not are passed over."""
        named = {name: context.query(name) for name in cls.__dataclass_fields__}
        return cls(
            **{
                **named,
                "action": named["action"] if named["action"] in labels.HAPPENED else "",
                "outcome": named["outcome"] if named["outcome"] in labels.OUTCOMES else "",
            }
        )

    @property
    def person_id(self) -> str:
        """The login that it is about, on either side."""
        return self.subject_id or self.actor_id

    @property
    def is_filtered(self) -> bool:
        """Whether it is less than everything."""
        return self != Chosen()

    def address(self, *, at: str = AUDIT, **changes: str) -> str:
        """The audit with something changed, from its first page on; or its file."""
        query = urlencode({name: value for name, value in {**asdict(self), **changes}.items() if value})
        return f"{at}?{query}" if query else at

    def fields(self) -> dict[str, Any]:
        """The same for the requests of the contract."""
        return {
            "actions": [AuditEvent.Action.Value(self.action)] if self.action else [],
            "outcome": AuditEvent.Outcome.Value(self.outcome) if self.outcome else None,
            "start_date": self.start_date,
            "end_date": self.end_date,
            "subject_id": self.subject_id,
            "actor_id": self.actor_id,
        }


async def show(context: PageContext) -> Response:
    """The table, in the organization's time; where a page has nothing any more, the first one."""
    chosen = Chosen.of(context)
    context.form = Form(asdict(chosen))
    found = await _found(context, chosen)
    if context.query("page") and not found.audit_events:
        return context.redirect(chosen.address())
    zone = zone_named(context.person.time_zone) or context.zone
    return context.render(
        "people/audit.html",
        labels=labels,
        times=replace(context.times, zone=zone),
        found=found,
        chosen=chosen,
        person=await _name_of(context, chosen.person_id),
        files=ways_home(lambda ending: chosen.address(at=f"{AUDIT}.{ending}")),
        ways=ways(found, chosen.address, context.i18n),
    )


async def send(context: PageContext) -> Response:
    """What was looked for as a file, of the kind that its address says."""
    format_ = ExportAuditEventsRequest.Format.Value(format_of(context).name)
    request = ExportAuditEventsRequest(format=format_, **Chosen.of(context).fields())
    return await sent_file(context, context.services.identity.ExportAuditEvents(request), "audit")


async def _found(context: PageContext, chosen: Chosen) -> ListAuditEventsResponse:
    """A page of it; nothing, with a word beside the field, for a day that no calendar has."""
    request = ListAuditEventsRequest(page_size=PAGE, page_token=context.query("page"), **chosen.fields())
    try:
        return await context.services.identity.ListAuditEvents(request)
    except InvalidArgument as error:
        if not error.violations or {each.field for each in error.violations} - _DAYS:
            raise
        context.form = context.form.refused(error, context.i18n)
        return ListAuditEventsResponse()


async def _name_of(context: PageContext, account_id: str) -> str:
    """Whose login it is; empty for nobody's, and for one that is not there."""
    if not account_id:
        return ""
    try:
        user = await context.services.identity.GetLoginUser(GetLoginUserRequest(account_id=account_id))
    except NotFound:
        return ""
    return user.account.display_name
