"""What the played services answer unless a test says otherwise: one organization, one family, one application."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from google.api.httpbody_pb2 import HttpBody
from google.protobuf.duration_pb2 import Duration
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from google.type.date_pb2 import Date
from portico.applications.v1 import batch_requests_pb2 as batch_requests
from portico.applications.v1 import batch_resources_pb2 as batches
from portico.applications.v1 import claims_pb2, families_pb2, intake_pb2, search_pb2, timeline_pb2
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.resources_pb2 import Guardian, TimelineEntry
from portico.identity.v1 import accounts_pb2, organizations_pb2, resets_pb2, sessions_pb2
from portico.identity.v1 import resources_pb2 as people

from chassis.wire import timestamp

from .bookings import OF_BOOKINGS
from .case_managers import OF_CASE_MANAGERS
from .cases import OF_CASES
from .files import OF_FILES
from .logins import OF_LOGINS
from .reports import OF_REPORTS
from .scheduling import OF_SCHEDULING

APPLICATION_ID = "01990000-0000-7000-8000-00000000000a"
GUARDIAN_ID = "01990000-0000-7000-8000-00000000000b"
PARTNER_ID = "01990000-0000-7000-8000-00000000000c"
ADA_ID = "01990000-0000-7000-8000-00000000000d"
FAMILY_ID = "01990000-0000-7000-8000-00000000000e"
DEVICE_ID, OTHER_DEVICE_ID = "01990000-0000-7000-8000-0000000000f1", "01990000-0000-7000-8000-0000000000f2"
INVITATION_ID = "01990000-0000-7000-8000-0000000000e1"
BATCH_ID, NEXT_BATCH_ID = "01990000-0000-7000-8000-0000000000ba", "01990000-0000-7000-8000-0000000000bb"
REQUEST_ID = "01990000-0000-7000-8000-0000000000ff"
TOKEN = "kU3-a-token_of-an-invitation"
APPLICATION = f"/staff/applications/{APPLICATION_ID}"
BATCH = f"/staff/batches/{BATCH_ID}"
GUARDIAN = f"{APPLICATION}/guardians/{GUARDIAN_ID}"
CHROME = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"


def at(hour: int, minute: int = 0) -> datetime:
    """A time of the 28th of January 2026, UTC."""
    return datetime(2026, 1, 28, hour, minute, tzinfo=UTC)


def guardian(**changes: object) -> Guardian:
    """Lucía, invited by email."""
    usual = {
        "id": GUARDIAN_ID,
        "given_name": "Lucía",
        "family_name": "Morales",
        "email": "lucia@example.org",
        "phone": "+12025550123",
        "preferred_method": res.EMAIL,
        "language": "es",
        "link_state": Guardian.INVITED,
        "allowed_actions": [Guardian.REINVITE, Guardian.REVOKE_INVITATION, Guardian.UPDATE],
        "invitation": res.Invitation(
            id=INVITATION_ID,
            method=res.EMAIL,
            contact="lucia@example.org",
            create_time=timestamp(at(9)),
            expire_time=timestamp(at(18, 5)),
        ),
    }
    return Guardian(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def application(*guardians: Guardian, **changes: object) -> res.Application:
    """Application A-000007, of Lucía alone unless guardians are given."""
    answers = Struct()
    answers.update({"days": "Monday"})
    usual = {
        "id": APPLICATION_ID,
        "number": "A-000007",
        "status": res.Application.UNDER_REVIEW,
        "guardians": guardians or [guardian()],
        "children": [res.Child(given_name="Mateo", family_name="Morales", birth_date=Date(year=2023, month=5, day=14))],
        "answers": answers,
        "create_time": timestamp(at(8, 30)),
    }
    return res.Application(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def family_application(**changes: object) -> res.FamilyApplication:
    """The same as Lucía sees it."""
    usual = {
        "id": APPLICATION_ID,
        "organization_name": "Sunrise Childcare",
        "number": "A-000007",
        "status": res.Application.UPDATE_NEEDED,
        "children": application().children,
        "contact": res.FamilyContact(given_name="Lucía", family_name="Morales", email="lucia@example.org"),
        "history": [
            TimelineEntry(event_time=timestamp(at(10)), kind=TimelineEntry.ACCEPTED),
            TimelineEntry(event_time=timestamp(at(8, 30)), kind=TimelineEntry.SUBMITTED),
        ],
        "time_zone": "America/Chicago",
        "update_request": "A proof of address\nfrom this year",
        "answers": application().answers,
    }
    return res.FamilyApplication(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def invitation(state: str = "VALID", **changes: object) -> claims_pb2.CheckInvitationResponse:
    """What the invitation of Lucía is worth."""
    usual = {
        "state": claims_pb2.CheckInvitationResponse.State.Value(state),
        "expire_time": timestamp(at(18, 5)),
        "organization_name": "Sunrise Childcare",
        "application_number": "A-000007",
        "masked_contact": "l•••@example.org",
        "language": "en",
        "time_zone": "America/Chicago",
    }
    return claims_pb2.CheckInvitationResponse(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def link_state_counts(found: int = 1, **states: int) -> search_pb2.CountLinkStatesResponse:
    """How many applications are found, and how many stand in each link state or need attention; above 10,000: more."""

    def count(number: int) -> search_pb2.ApplicationCount:
        return search_pb2.ApplicationCount(count=min(number, 10_000), exceeded=number > 10_000)

    return search_pb2.CountLinkStatesResponse(
        found=count(found),
        link_states=[
            search_pb2.LinkStateCount(link_state=value, applications=count(states.get(name, 0)))
            for name, value in Guardian.LinkState.items()
            if value
        ],
        attentions=[
            search_pb2.AttentionCount(attention=value, applications=count(states.get(name, 0)))
            for name, value in search_pb2.Attention.items()
            if value
        ],
    )


def batch(state: str = "PREVIEWED", **changes: object) -> batches.Batch:
    """A batch of invitations, previewed: 812 by email, 301 by SMS, 87 left out."""
    usual = {
        "id": BATCH_ID,
        "kind": batches.Batch.INVITE,
        "state": batches.Batch.State.Value(state),
        "display_name": "Fall waitlist",
        "allowed_actions": [batches.Batch.START, batches.Batch.CANCEL],
        "invite": batches.InviteOptions(),
        "row_count": 1200,
        "outcomes": [
            batches.OutcomeCount(outcome=batches.BatchRow.PENDING, count=1113),
            batches.OutcomeCount(outcome=batches.BatchRow.SKIPPED_NO_CONTACT, count=87),
        ],
        "messages": batches.BatchMessages(
            email_count=812,
            sms_count=301,
            sms_segment_count=340,
            repeated_contact_count=4,
            failed_before_count=9,
            mistyped_count=2,
            duration=Duration(seconds=420),
        ),
        "creator_id": ADA_ID,
        "create_time": timestamp(at(9)),
        "preview_expire_time": timestamp(at(9) + timedelta(days=1)),
    }
    return batches.Batch(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def unlinking(state: str = "SUCCEEDED", **changes: object) -> batches.Batch:
    """A batch that has unlinked 40 families, because they want another contact."""
    usual = {
        "kind": batches.Batch.UNLINK,
        "invite": None,
        "unlink": batches.UnlinkOptions(reason=batches.UnlinkOptions.NEW_CONTACT),
        "outcomes": [batches.OutcomeCount(outcome=batches.BatchRow.UNLINKED, count=40)],
        "row_count": 40,
        "messages": None,
        "allowed_actions": [batches.Batch.UNDO],
        "starter_id": ADA_ID,
        "run_time": timestamp(at(10)),
        "end_time": timestamp(at(10, 5)),
        "undo_expire_time": timestamp(at(10, 20)),
    }
    return batch(state, **{**usual, **changes})


def batch_row(**changes: object) -> batches.BatchRow:
    """Lucía, who has no contact."""
    usual = {
        "application_id": APPLICATION_ID,
        "application_number": "A-000007",
        "guardian_id": GUARDIAN_ID,
        "guardian_name": "Lucía Morales",
        "outcome": batches.BatchRow.SKIPPED_NO_CONTACT,
    }
    return batches.BatchRow(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


SAMPLES = batch_requests.RenderBatchSampleResponse(
    samples=[
        batch_requests.BatchSample(method=res.EMAIL, language="en", subject="Your application", text="Hello Lucía,\n…"),
        batch_requests.BatchSample(method=res.SMS, language="es", text="Hola, Lucía: …", segment_count=1),
    ]
)
TIMELINE = timeline_pb2.ListTimelineEntriesResponse(
    entries=[
        TimelineEntry(
            event_time=timestamp(at(10)),
            kind=TimelineEntry.ACCEPTED,
            guardian_id=GUARDIAN_ID,
            actor_id=FAMILY_ID,
            invitation_id=INVITATION_ID,
        ),
        TimelineEntry(
            event_time=timestamp(at(9, 1)),
            kind=TimelineEntry.MESSAGE_SENT,
            guardian_id=GUARDIAN_ID,
            method=res.EMAIL,
            invitation_id=INVITATION_ID,
        ),
        TimelineEntry(
            event_time=timestamp(at(9)),
            kind=TimelineEntry.INVITED,
            guardian_id=GUARDIAN_ID,
            actor_id=ADA_ID,
            method=res.EMAIL,
            detail="l•••@example.org",
            invitation_id=INVITATION_ID,
        ),
    ]
)
DEVICES = sessions_pb2.ListMySessionsResponse(
    sessions=[
        people.Session(id=DEVICE_ID, device=CHROME, address="192.0.2.7", last_use_time=timestamp(at(11)), current=True),
        people.Session(id=OTHER_DEVICE_ID, device="curl/8", last_use_time=timestamp(at(7))),
    ]
)
SUNRISE = people.Organization(
    slug="sunrise",
    name="Sunrise Childcare",
    time_zone="America/New_York",
    phone="+13125550100",
    email="hello@sunrise.example",
    hours="Mon to Fri, 8 am to 5 pm",
    web_page="https://sunrise.example/",
    color="#ffe100",
    listed=True,
)
ANSWERS: Mapping[str, Message] = {
    **OF_LOGINS,
    **OF_CASE_MANAGERS,
    **OF_SCHEDULING,
    **OF_CASES,
    **OF_BOOKINGS,
    **OF_FILES,
    **OF_REPORTS,
    "GetOrganization": SUNRISE,
    "GetMyOrganization": SUNRISE,
    "UpdateOrganization": SUNRISE,
    "FindOrganizations": organizations_pb2.FindOrganizationsResponse(
        organizations=[organizations_pb2.FoundOrganization(slug="sunrise", name="Sunrise Childcare")]
    ),
    "SendMyOrganizations": Empty(),
    "Logout": Empty(),
    "ForgotPassword": resets_pb2.ForgotPasswordResponse(proof_life=Duration(seconds=3600)),
    "CheckReset": resets_pb2.CheckResetResponse(status=resets_pb2.CheckResetResponse.VALID),
    "ChangePassword": Empty(),
    "ListMySessions": DEVICES,
    "RevokeMySession": Empty(),
    "RevokeMyOtherSessions": sessions_pb2.RevokeMyOtherSessionsResponse(revoked_count=1),
    "ListColleagues": accounts_pb2.ListColleaguesResponse(
        colleagues=[people.Colleague(id=ADA_ID, display_name="Ada Park")]
    ),
    "BatchGetColleagues": accounts_pb2.BatchGetColleaguesResponse(
        colleagues=[people.Colleague(id=ADA_ID, display_name="Ada Admin")]
    ),
    "CheckInvitation": invitation(),
    "ClaimInvitation": claims_pb2.ClaimInvitationResponse(contact_ticket="a ticket"),
    "AcceptInvitation": family_application(),
    "ResendInvitation": claims_pb2.ResendInvitationResponse(),
    "ListOffers": claims_pb2.ListOffersResponse(),
    "AcceptOffer": family_application(),
    "ListMyApplications": families_pb2.ListMyApplicationsResponse(applications=[family_application()]),
    "GetMyApplication": family_application(),
    "ListApplications": search_pb2.ListApplicationsResponse(applications=[application()]),
    "CountLinkStates": link_state_counts(INVITED=1),
    "FindDuplicates": intake_pb2.FindDuplicatesResponse(),
    "GetApplication": application(),
    "ListTimelineEntries": TIMELINE,
    "CreateBatch": batch("PREVIEWING", id=NEXT_BATCH_ID),
    "RetryBatch": batch("PREVIEWING", id=NEXT_BATCH_ID),
    "ListBatches": batch_requests.ListBatchesResponse(batches=[batch()]),
    "ListBatchRows": batch_requests.ListBatchRowsResponse(rows=[batch_row()]),
    "RenderBatchSample": SAMPLES,
    "SetBatchContacts": batch_requests.SetBatchContactsResponse(changed_count=1),
    "ExportBatchRows": HttpBody(content_type="text/csv", data=b"number,outcome\r\n"),
    **dict.fromkeys(
        (
            "GetBatch",
            "WatchBatch",
            "StartBatch",
            "PauseBatch",
            "ResumeBatch",
            "CancelBatch",
            "UndoBatch",
            "RevokeBatch",
        ),
        batch(),
    ),
    **dict.fromkeys(
        (
            "CreateApplication",
            "UpdateGuardian",
            "SetStatus",
            "Assign",
            "Unassign",
            "InviteGuardian",
            "ReinviteGuardian",
            "RevokeInvitation",
            "UnlinkGuardian",
            "UndoUnlink",
            "SendPasswordReset",
        ),
        application(),
    ),
}
