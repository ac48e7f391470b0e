"""The RPCs of applications through a real server: what works, from the first entry to the family's view."""

import asyncio
from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.struct_pb2 import Struct
from google.type.date_pb2 import Date
from portico.applications.v1 import (
    applications_pb2,
    claims_pb2,
    families_pb2,
    invitations_pb2,
    links_pb2,
    search_pb2,
    timeline_pb2,
)
from portico.applications.v1 import resources_pb2 as res

from chassis.errors import Denied, NotFound
from chassis.testing.grpc import as_service
from services.applications.tests.world import SUNRISE, actions, as_family, as_visitor, new, state


async def test_the_whole_way_from_paper_to_account(grpc_stub, world, staff, people) -> None:
    """AP-01, AP-04, AP-08, AP-09, AP-14, CASE-U6: staff enter it, the family checks, claims, accepts and sees it."""
    answers, child = Struct(), res.Child(given_name="Leo", birth_date=Date(year=2022, month=2, day=28))
    answers.update({"days": ["MON", "TUE"], "household": {"size": 3}})
    request = new(preferred_method=res.SMS, phone="(212) 555-0117", language="en")
    request.children.append(child)
    request.answers.CopyFrom(answers)
    created = await grpc_stub.CreateApplication(request, metadata=staff)
    assert (created.answers, created.children[0]) == (answers, child)
    assert created.guardians[0].invitation.contact == "+12125550117"
    assert actions(created) == ["REINVITE", "REVOKE_INVITATION", "UPDATE"]
    secret = await world.secret()
    proof = res.InvitationProof(token=secret.token)

    checked = await grpc_stub.CheckInvitation(claims_pb2.CheckInvitationRequest(proof=proof), metadata=as_visitor())
    assert checked == claims_pb2.CheckInvitationResponse(
        state=claims_pb2.CheckInvitationResponse.VALID,
        expire_time=created.guardians[0].invitation.expire_time,
        organization_name="Sunrise Childcare",
        application_number="A-000001",
        masked_contact="+1••••••••17",
        language="en",
        time_zone="America/New_York",
        organization=res.OrganizationProfile(name="Sunrise Childcare", **SUNRISE),
    )
    claimed = await grpc_stub.ClaimInvitation(claims_pb2.ClaimInvitationRequest(proof=proof), metadata=as_visitor())
    assert claimed.contact_ticket == "ticket for +12125550117"
    family = as_family(people, world.an_account("+12125550117"))
    accepted = await grpc_stub.AcceptInvitation(claims_pb2.AcceptInvitationRequest(proof=proof), metadata=family)
    assert accepted.contact.phone == "+12125550117"
    (mine,) = (
        await grpc_stub.ListMyApplications(families_pb2.ListMyApplicationsRequest(), metadata=family)
    ).applications
    assert (mine.id, mine.organization_name) == (created.id, "Sunrise Childcare")
    assert "America/New_York" == mine.time_zone == accepted.time_zone
    assert checked.organization == mine.organization == accepted.organization
    seen = await grpc_stub.GetMyApplication(
        families_pb2.GetMyApplicationRequest(application_id=created.id), metadata=family
    )
    assert seen == accepted
    found = await grpc_stub.GetApplication(
        applications_pb2.GetApplicationRequest(application_id=created.id), metadata=staff
    )
    assert (state(found), found.guardians[0].account_username) == ("LINKED", "+12125550117")
    assert found.update_time.ToDatetime() >= found.create_time.ToDatetime()


async def test_a_typed_code_does_as_well(grpc_stub, world, staff, people) -> None:
    """AP-09: the code in two groups and the number open the same way."""
    await grpc_stub.CreateApplication(new(), metadata=staff)
    typed = res.TypedCode(code=(await world.secret()).code.lower(), application_number="a-1")
    request = claims_pb2.AcceptInvitationRequest(proof=res.InvitationProof(typed=typed))
    accepted = await grpc_stub.AcceptInvitation(request, metadata=as_family(people, world.an_account()))
    assert accepted.number == "A-000001"


async def test_staff_actions_follow_each_other(grpc_stub, world, staff, people) -> None:
    """AP-03, AP-05, AP-07, AP-11: each action answers with the new state and the actions that fit then."""
    application_id = (await grpc_stub.CreateApplication(new(), metadata=staff)).id
    at = {"application_id": application_id}
    reinvited = await grpc_stub.ReinviteGuardian(invitations_pb2.ReinviteGuardianRequest(**at), metadata=staff)
    assert state(reinvited) == "INVITED"
    revoked = await grpc_stub.RevokeInvitation(invitations_pb2.RevokeInvitationRequest(**at), metadata=staff)
    assert (state(revoked), actions(revoked)) == ("EXPIRED", ["REINVITE", "UPDATE"])
    await grpc_stub.ReinviteGuardian(invitations_pb2.ReinviteGuardianRequest(**at, method=res.EMAIL), metadata=staff)
    proof = res.InvitationProof(token=(await world.secret()).token)
    family = as_family(people, world.an_account())
    await grpc_stub.AcceptInvitation(claims_pb2.AcceptInvitationRequest(proof=proof), metadata=family)
    reset = await grpc_stub.SendPasswordReset(links_pb2.SendPasswordResetRequest(**at), metadata=staff)
    assert actions(reset) == ["UNLINK", "SEND_PASSWORD_RESET", "UPDATE"]
    unlinked = await grpc_stub.UnlinkGuardian(links_pb2.UnlinkGuardianRequest(**at), metadata=staff)
    assert actions(unlinked) == ["INVITE", "UNDO_UNLINK", "UPDATE"]
    assert unlinked.guardians[0].HasField("undo_expire_time")
    undone = await grpc_stub.UndoUnlink(links_pb2.UndoUnlinkRequest(**at), metadata=staff)
    assert state(undone) == "LINKED"
    await grpc_stub.UnlinkGuardian(links_pb2.UnlinkGuardianRequest(**at), metadata=staff)
    invited = await grpc_stub.InviteGuardian(invitations_pb2.InviteGuardianRequest(**at), metadata=staff)
    assert state(invited) == "INVITED"


async def test_the_timeline_is_paged(grpc_stub, world, staff) -> None:
    """AP-17: newest first, page by page, with who did what and a masked contact."""
    application_id = (await grpc_stub.CreateApplication(new(), metadata=staff)).id
    for _ in range(3):
        await grpc_stub.ReinviteGuardian(
            invitations_pb2.ReinviteGuardianRequest(application_id=application_id), metadata=staff
        )
    entries, token = [], ""
    while True:
        request = timeline_pb2.ListTimelineEntriesRequest(application_id=application_id, page_size=2, page_token=token)
        page = await grpc_stub.ListTimelineEntries(request, metadata=staff)
        entries += page.entries
        token = page.next_page_token
        if not token:
            break
    kinds = [res.TimelineEntry.Kind.Name(entry.kind) for entry in entries]
    assert kinds == ["INVITED", "INVITED", "INVITED", "INVITED", "SUBMITTED"]
    assert {entry.actor_id for entry in entries} == {str(world.staff_id)}
    assert {entry.detail for entry in entries} == {"m•••@example.org", ""}


async def test_applications_are_found_and_paged(grpc_stub, staff) -> None:
    """AP-02: by name with a typo, by number, by state; the pages together are the list."""
    for name in ("García", "Garcia-Lopez", "Ruiz", "Gracia"):
        await grpc_stub.CreateApplication(new(family_name=name), metadata=staff)
    await grpc_stub.CreateApplication(new(family_name="Garzón", email=""), metadata=staff)

    async def numbers(**filters) -> list[str]:
        found, token = [], ""
        while True:
            request = search_pb2.ListApplicationsRequest(page_size=2, page_token=token, **filters)
            page = await grpc_stub.ListApplications(request, metadata=staff)
            found += [application.number for application in page.applications]
            token = page.next_page_token
            if not token:
                return found

    assert await numbers(query="garcia", order_by="number") == ["A-000001", "A-000002", "A-000004"]
    assert await numbers(query="GARZ", order_by="family_name") == ["A-000005"]
    assert await numbers(query="3") == ["A-000003"]
    assert await numbers(link_states=["NO_CONTACT"]) == ["A-000005"]
    assert await numbers(query="gar", link_states=["INVITED"], statuses=["ACTIVE"], order_by="create_time") == [
        *("A-000001", "A-000002")
    ]
    assert await numbers(query="?!") == []
    assert len(await numbers(statuses=["CLOSED"])) == 0
    assert await numbers(order_by="family_name desc") == [*("A-000003", "A-000004", "A-000005", "A-000002", "A-000001")]


async def test_update_changes_what_the_mask_names(grpc_stub, staff) -> None:
    """AP-03: the named fields, also to nothing; without a mask those that are filled."""
    application = await grpc_stub.CreateApplication(new(phone="+12125550117"), metadata=staff)
    patch = applications_pb2.GuardianPatch(family_name="López", language="es")
    request = applications_pb2.UpdateGuardianRequest(
        application_id=application.id, guardian_id=application.guardians[0].id, guardian=patch
    )
    updated = await grpc_stub.UpdateGuardian(request, metadata=staff)
    guardian = updated.guardians[0]
    assert (guardian.family_name, guardian.language, guardian.phone) == ("López", "es", "+12125550117")
    assert state(updated) == "INVITED"
    request.update_mask.CopyFrom(FieldMask(paths=["phone"]))
    emptied = await grpc_stub.UpdateGuardian(request, metadata=staff)
    assert (emptied.guardians[0].phone, state(emptied)) == ("", "EXPIRED")
    found = await grpc_stub.ListApplications(search_pb2.ListApplicationsRequest(query="lopez"), metadata=staff)
    assert [each.id for each in found.applications] == [application.id]


async def test_one_request_id_is_one_of_everything(grpc_stub, world, staff) -> None:
    """AP-05: twenty parallel calls with one request id invite once and answer alike."""
    application_id = (await grpc_stub.CreateApplication(new(), metadata=staff)).id
    request = invitations_pb2.ReinviteGuardianRequest(application_id=application_id, request_id=str(uuid4()))
    answers = await asyncio.gather(*(grpc_stub.ReinviteGuardian(request, metadata=staff) for _ in range(20)))
    assert len({answer.guardians[0].invitation.id for answer in answers}) == 1
    assert len(await world.messages()) == 2


async def test_casemanager_may_ask_for_an_application(grpc_stub, world, staff) -> None:
    """CM-07: the internal RPC answers casemanager, and nobody else; and never for another organization."""
    application = await grpc_stub.CreateApplication(new(), metadata=staff)
    request = applications_pb2.GetOrganizationApplicationRequest(
        org_id=str(world.org_id), application_id=application.id
    )
    metadata = as_service("casemanager")
    assert await grpc_stub.GetOrganizationApplication(request, metadata=metadata) == application
    with pytest.raises(Denied):
        await grpc_stub.GetOrganizationApplication(request, metadata=as_service("notifications"))
    request.org_id = str(uuid4())
    with pytest.raises(NotFound) as refused:
        await grpc_stub.GetOrganizationApplication(request, metadata=metadata)
    assert refused.value.reason == "APPLICATION_NOT_FOUND"


@pytest.mark.parametrize(
    "query", ["A–000001", "#A-000001", "A-000001.", "No. A-000001", "A-OOO001", "Ａ－０００００１", "A-٠٠٠٠٠١", "1"]
)
async def test_staff_find_a_number_however_it_was_pasted(grpc_stub, world, staff, query) -> None:
    """CASE-A5, AP-02: as families write it in a mail; a text with two numbers finds neither."""
    application = await world.submit()
    found = await grpc_stub.ListApplications(search_pb2.ListApplicationsRequest(query=query), metadata=staff)
    assert [application.id] == [each.id for each in found.applications]
    both = search_pb2.ListApplicationsRequest(query="A-000001, A-000002")
    assert [] == [*(await grpc_stub.ListApplications(both, metadata=staff)).applications]
