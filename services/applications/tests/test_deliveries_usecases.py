"""What stays known of a contact and of an invitation after its message was heard of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock
from uuid import UUID

import pytest
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.timeline_pb2 import ListTimelineEntriesRequest

from applications.application.domain.invitation import InvitationOutcome, InvitationStatus, Method, invitation_status
from applications.application.domain.update import Update, update
from applications.application.messages import invitation_in
from applications.claims.usecases.claims import check_invitation
from applications.deliveries.domain import DeliveryStatus, report_of
from applications.deliveries.usecases import note_report
from applications.invitations.domain import Revoke, revoke
from applications.timeline.servicer import TimelineServicer
from chassis.call import set_current_call
from services.applications.tests.builders import EMAIL, NOW, application, invited
from services.applications.tests.world import PHONE, World, a_guardian, an_address, visitor


@pytest.mark.parametrize(
    ("command", "email", "phone"),
    [
        (Update(guardian_id=UUID(int=1), email="new@example.org"), None, NOW),
        (Update(guardian_id=UUID(int=1), phone="+15550100099"), NOW, None),
        (Update(guardian_id=UUID(int=1), given_name="Mary", email=EMAIL), NOW, NOW),
    ],
)
def test_only_another_contact_is_free_of_what_failed(
    command: Update, email: datetime | None, phone: datetime | None
) -> None:
    """CASE-U1: a contact that failed stays marked until it is another one, whatever else is changed."""
    before = invited(application()).application
    failed = replace(before.guardians[0], email_failure_time=NOW, phone_failure_time=NOW)
    after = update(before.with_guardian(failed), command, NOW).guardian
    assert (email, phone) == (after.email_failure_time, after.phone_failure_time)


def test_how_an_invitation_ended_is_known() -> None:
    """CASE-U14: withdrawn by staff and made void by another contact are two things; for the family they are one."""
    live = invited(application()).application
    other = Update(guardian_id=UUID(int=1), email="new@example.org")
    ran_out = NOW + timedelta(days=14)
    ends = [revoke(live, Revoke(), NOW).ended, update(live, other, NOW).ended, update(live, other, ran_out).ended]
    assert [InvitationOutcome.REVOKED, *[InvitationOutcome.CONTACT_CHANGED] * 2] == [
        end and end.outcome for end in ends
    ]
    assert {InvitationStatus.REVOKED} == {invitation_status(end, NOW) for end in ends if end}
    assert {NOW} == {end.offered_until for end in ends if end}


async def heard(world: World, status: DeliveryStatus, *, version: int) -> datetime:
    """Notifications reports of the newest message; when it happened."""
    invitation_id = invitation_in((await world.messages())[-1].reference)
    assert invitation_id is not None
    world.clock.advance(timedelta(minutes=1))
    await note_report(
        world.deps.database,
        report_of(status, "550 5.1.1 unknown" if status is DeliveryStatus.FAILED else ""),
        ids=world.deps.ids,
        org_id=world.org_id,
        invitation_id=invitation_id,
        message_version=version,
        event_time=world.clock(),
    )
    return world.clock()


async def failures(world: World, application: res.Application) -> tuple[datetime | None, datetime | None]:
    """When email and phone failed, as staff see it."""
    guardian = (await world.get(application)).guardians[0]
    times = {
        field.name: value.ToDatetime(UTC)
        for field, value in guardian.ListFields()
        if field.name.endswith("_failure_time")
    }
    return times.get("email_failure_time"), times.get("phone_failure_time")


async def test_a_contact_that_failed_is_remembered_until_something_arrives(world: World) -> None:
    """CASE-U1: after an email was added and invited, the phone is still known to have failed, until an SMS goes out."""
    application = await world.submit(a_guardian(email="", phone=PHONE, method=Method.SMS))
    failure_time = await heard(world, DeliveryStatus.FAILED, version=2)
    assert (None, failure_time) == await failures(world, application)
    await world.update(application, email="new@example.org")
    await world.invite(application, method=Method.EMAIL)
    await heard(world, DeliveryStatus.SENT, version=2)
    assert (None, failure_time) == await failures(world, application)
    await world.invite(application, method=Method.SMS)
    await heard(world, DeliveryStatus.SENT, version=2)
    assert (None, None) == await failures(world, application)


async def test_the_lines_of_a_message_name_their_invitation(world: World) -> None:
    """CASE-U16, AP-17: what people do with an invitation, and what becomes of its message, is bound together."""
    application = await world.submit()
    await heard(world, DeliveryStatus.QUEUED, version=1)
    await world.accept((await world.secret()).link, world.an_account())
    set_current_call(world.staff())
    request = ListTimelineEntriesRequest(application_id=application.id)
    answer = await TimelineServicer(world.deps).ListTimelineEntries(request, Mock())
    invitation_id = str(invitation_in((await world.messages())[0].reference))
    assert {
        "SUBMITTED": "",
        **dict.fromkeys(("INVITED", "MESSAGE_QUEUED", "OPENED", "ACCEPTED"), invitation_id),
    } == {res.TimelineEntry.Kind.Name(entry.kind): entry.invitation_id for entry in answer.entries}


async def test_a_fetched_link_and_an_expiry_name_their_invitation(world: World) -> None:
    """CASE-U16, AP-17: also what only the link or the clock says is bound to its invitation."""
    application = await world.submit()
    await check_invitation(world.deps, visitor(an_address()), (await world.secret()).link)
    world.clock.advance(timedelta(days=20))
    lines = {line.kind.name: line.invitation_id for line in await world.lines(application)}
    invitation_id = invitation_in((await world.messages())[0].reference)
    assert {"SUBMITTED": None, **dict.fromkeys(("INVITED", "LINK_FETCHED", "EXPIRED"), invitation_id)} == lines
