"""What the RPCs of applications refuse, and how they say it."""

from typing import Any
from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.struct_pb2 import Struct
from google.type.date_pb2 import Date
from portico.applications.v1 import (
    applications_pb2,
    claims_pb2,
    families_pb2,
    intake_pb2,
    invitations_pb2,
    links_pb2,
    search_pb2,
    timeline_pb2,
)
from portico.applications.v1 import resources_pb2 as res

from chassis.call import Role
from chassis.errors import AlreadyExists, Conflict, Denied, InvalidArgument, NotFound, Unauthenticated
from services.applications.tests.world import World, as_family, as_visitor, new, state

PROOF = res.InvitationProof(token="no such token")
NOWHERE = str(uuid4())
BY_APPLICATION = {
    "GetApplication": applications_pb2.GetApplicationRequest,
    "InviteGuardian": invitations_pb2.InviteGuardianRequest,
    "ReinviteGuardian": invitations_pb2.ReinviteGuardianRequest,
    "RevokeInvitation": invitations_pb2.RevokeInvitationRequest,
    "UnlinkGuardian": links_pb2.UnlinkGuardianRequest,
    "UndoUnlink": links_pb2.UndoUnlinkRequest,
    "SendPasswordReset": links_pb2.SendPasswordResetRequest,
    "Unassign": applications_pb2.UnassignRequest,
    "ListTimelineEntries": timeline_pb2.ListTimelineEntriesRequest,
}
FOR_STAFF = {
    **{name: request(application_id=NOWHERE) for name, request in BY_APPLICATION.items()},
    "CreateApplication": new(),
    "FindDuplicates": intake_pb2.FindDuplicatesRequest(guardians=new().guardians),
    "SetStatus": applications_pb2.SetStatusRequest(application_id=NOWHERE, status=res.Application.CLOSED),
    "Assign": applications_pb2.AssignRequest(application_id=NOWHERE, assignee_id=NOWHERE),
    "ListApplications": search_pb2.ListApplicationsRequest(),
    "CountLinkStates": search_pb2.CountLinkStatesRequest(),
    "UpdateGuardian": applications_pb2.UpdateGuardianRequest(
        application_id=NOWHERE, guardian_id=NOWHERE, guardian=applications_pb2.GuardianPatch()
    ),
}
FOR_FAMILIES = {
    "AcceptInvitation": claims_pb2.AcceptInvitationRequest(proof=PROOF),
    "ListOffers": claims_pb2.ListOffersRequest(),
    "AcceptOffer": claims_pb2.AcceptOfferRequest(invitation_id=NOWHERE),
    "ListMyApplications": families_pb2.ListMyApplicationsRequest(),
    "GetMyApplication": families_pb2.GetMyApplicationRequest(application_id=NOWHERE),
}


@pytest.mark.parametrize("name", [*FOR_STAFF, *FOR_FAMILIES])
async def test_nobody_gets_in_without_signing_in(grpc_stub, name) -> None:
    """AP-03, AP-14: everything but an invitation's own RPCs needs a signed-in person."""
    with pytest.raises(Unauthenticated):
        await getattr(grpc_stub, name)({**FOR_STAFF, **FOR_FAMILIES}[name], metadata=as_visitor())


@pytest.mark.parametrize("role", [Role.FAMILY, Role.CASE_MANAGER, Role.SPECIALIST])
@pytest.mark.parametrize("name", FOR_STAFF)
async def test_what_staff_do_is_for_staff(grpc_stub, people, world: World, name, role) -> None:
    """AP-03: no other role may, not even in the same organization."""
    with pytest.raises(Denied) as refused:
        await getattr(grpc_stub, name)(FOR_STAFF[name], metadata=people.metadata(role, org_id=world.org_id))
    assert refused.value.reason == "ROLE_NOT_ALLOWED"


@pytest.mark.parametrize("name", FOR_FAMILIES)
async def test_what_families_see_is_for_families(grpc_stub, staff, name) -> None:
    """AP-14: staff have their own view."""
    with pytest.raises(Denied):
        await getattr(grpc_stub, name)(FOR_FAMILIES[name], metadata=staff)


@pytest.mark.parametrize("name", BY_APPLICATION)
async def test_unknown_and_foreign_applications_are_not_found(grpc_stub, people, staff, world: World, name) -> None:
    """AP-03: an id that nobody has, and one that another organization has, get the same answer."""
    foreign = await World.with_organization(world.deps, world.clock, world.identity)
    theirs = (await foreign.submit()).id
    for application_id in (NOWHERE, theirs):
        with pytest.raises(NotFound) as refused:
            await getattr(grpc_stub, name)(BY_APPLICATION[name](application_id=application_id), metadata=staff)
        assert refused.value.reason == "APPLICATION_NOT_FOUND"
    with pytest.raises(InvalidArgument) as malformed:
        await getattr(grpc_stub, name)(BY_APPLICATION[name](application_id="7"), metadata=staff)
    assert [violation.field for violation in malformed.value.violations] == ["application_id"]


async def test_unknown_and_foreign_guardians_are_not_found(grpc_stub, staff, world: World) -> None:
    """AP-03: a guardian of another application is none of this one's."""
    mine, another = await world.submit(), await world.submit()
    for guardian_id in (NOWHERE, another.guardians[0].id):
        patch = applications_pb2.UpdateGuardianRequest(
            application_id=mine.id, guardian_id=guardian_id, guardian=applications_pb2.GuardianPatch(given_name="X")
        )
        with pytest.raises(NotFound) as refused:
            await grpc_stub.UpdateGuardian(patch, metadata=staff)
        assert refused.value.reason == "GUARDIAN_NOT_FOUND"
        request = invitations_pb2.ReinviteGuardianRequest(application_id=mine.id, guardian_id=guardian_id)
        with pytest.raises(NotFound):
            await grpc_stub.ReinviteGuardian(request, metadata=staff)


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"email": "maria@"}, "guardians[0].email", "EMAIL_INVALID"),
        ({"email": "a b@example.org"}, "guardians[0].email", "EMAIL_INVALID"),
        ({"email": "maria@example.org\0"}, "guardians[0].email", "EMAIL_INVALID"),
        ({"phone": "12"}, "guardians[0].phone", "PHONE_INVALID"),
        ({"phone": "call me"}, "guardians[0].phone", "PHONE_INVALID"),
        ({"given_name": ""}, "guardians[0].given_name", "STRING_MIN_LEN"),
        ({"given_name": "  "}, "guardians[0].given_name", "NAME_MISSING"),
        ({"family_name": "Gar\0cía"}, "guardians[0].family_name", "NAME_INVALID"),
        ({"family_name": "x" * 101}, "guardians[0].family_name", "STRING_MAX_LEN"),
        ({"language": "fr"}, "guardians[0].language", "STRING_IN"),
    ],
)
async def test_wrong_fields_are_named(grpc_stub, staff, changes, field, reason) -> None:
    """AP-01: the path of the field and the reason, whichever rule it breaks."""
    with pytest.raises(InvalidArgument) as refused:
        await grpc_stub.CreateApplication(new(**changes), metadata=staff)
    assert [(violation.field, violation.reason) for violation in refused.value.violations] == [(field, reason)]


async def test_missing_contacts_are_no_error(grpc_stub, staff) -> None:
    """AP-01, CASE-M8: without email and phone the application is taken, with a warning that names who has none."""
    request = new(email="")
    request.guardians.add(given_name="Leo", email="leo@example.org")
    created = await grpc_stub.CreateApplication(request, metadata=staff)
    assert "NO_CONTACT" == state(created)
    assert [(res.Application.Warning.NO_CONTACT, "guardians[0]")] == [(w.reason, w.field) for w in created.warnings]
    at = applications_pb2.GetApplicationRequest(application_id=created.id)
    read = await grpc_stub.GetApplication(at, metadata=staff)
    reachable = await grpc_stub.CreateApplication(new(), metadata=staff)
    assert ([], []) == (list(read.warnings), list(reachable.warnings))


@pytest.mark.parametrize("day", [Date(year=2023, month=2, day=29), Date(year=2020), Date(month=1, day=1)])
async def test_birth_dates_are_days(grpc_stub, staff, day) -> None:
    """AP-01: a day of the calendar or nothing."""
    request = new()
    request.children.add(given_name="Leo", birth_date=day)
    with pytest.raises(InvalidArgument) as refused:
        await grpc_stub.CreateApplication(request, metadata=staff)
    assert [violation.field for violation in refused.value.violations] == ["children[0].birth_date"]


async def test_answers_have_a_limit_and_are_json(grpc_stub, staff) -> None:
    """AP-01: more than 64 KiB are refused, one byte less is taken, and what JSON does not know is named."""
    request = new()
    request.answers.update({"text": "x" * (65536 - len('{"text":""}'))})
    await grpc_stub.CreateApplication(request, metadata=staff)
    request.answers.update({"text": "x" * 65536})
    with pytest.raises(InvalidArgument) as refused:
        await grpc_stub.CreateApplication(request, metadata=staff)
    assert refused.value.reason == "ANSWERS_TOO_LARGE"
    request.answers.CopyFrom(Struct())
    request.answers["number"] = float("nan")
    with pytest.raises(InvalidArgument) as undefined:
        await grpc_stub.CreateApplication(request, metadata=staff)
    assert [violation.field for violation in undefined.value.violations] == ["answers"]


async def test_answers_may_hold_any_text(grpc_stub, staff) -> None:
    """AP-01: also what a database would choke on."""
    request = new()
    request.answers.update({"odd \0 key": ["\0", "\u202e", "🙂", None, 1e300]})
    assert (await grpc_stub.CreateApplication(request, metadata=staff)).answers == request.answers


async def test_organizations_that_are_not_known_yet(grpc_stub, people) -> None:
    """AP-01: identity's word has not come yet: say so."""
    with pytest.raises(NotFound) as refused:
        await grpc_stub.CreateApplication(new(), metadata=people.metadata(Role.STAFF, org_id=uuid4()))
    assert refused.value.reason == "ORGANIZATION_NOT_FOUND"


@pytest.mark.parametrize(
    ("patch", "paths", "field"),
    [
        ({}, ["id"], "update_mask"),
        ({}, ["nonsense"], "update_mask"),
        ({}, ["guardian.email"], "update_mask"),
        ({}, ["given_name"], "guardian.given_name"),
        ({}, ["preferred_method"], "guardian.preferred_method"),
        ({}, ["language"], "guardian.language"),
        ({"email": "@"}, ["email"], "guardian.email"),
        ({"phone": "0"}, None, "guardian.phone"),
        ({"family_name": "a\tb"}, None, "guardian.family_name"),
    ],
)
async def test_updates_that_cannot_be(grpc_stub, staff, world: World, patch, paths, field) -> None:
    """AP-03: unknown paths, names and choices that would be empty, contacts that cannot be: each is named."""
    application = await world.submit()
    request = applications_pb2.UpdateGuardianRequest(
        application_id=application.id,
        guardian_id=application.guardians[0].id,
        guardian=applications_pb2.GuardianPatch(**patch),
    )
    if paths:
        request.update_mask.CopyFrom(FieldMask(paths=paths))
    with pytest.raises(InvalidArgument) as refused:
        await grpc_stub.UpdateGuardian(request, metadata=staff)
    assert [violation.field for violation in refused.value.violations] == [field]


async def test_actions_that_do_not_fit_say_which_do(grpc_stub, staff, world: World) -> None:
    """AP-05: state and fitting actions come as metadata, over the wire, too."""
    application = await world.submit()
    at: dict[str, Any] = {"application_id": application.id}
    for refused_rpc, request in (
        (grpc_stub.InviteGuardian, invitations_pb2.InviteGuardianRequest(**at)),
        (grpc_stub.UnlinkGuardian, links_pb2.UnlinkGuardianRequest(**at)),
        (grpc_stub.SendPasswordReset, links_pb2.SendPasswordResetRequest(**at)),
    ):
        with pytest.raises(Conflict) as refused:
            await refused_rpc(request, metadata=staff)
        assert refused.value.reason == "ACTION_NOT_ALLOWED"
        assert refused.value.metadata == {
            "link_state": "INVITED",
            "allowed_actions": "REINVITE,REVOKE_INVITATION,UPDATE",
        }
    with pytest.raises(Conflict) as missing:
        await grpc_stub.ReinviteGuardian(invitations_pb2.ReinviteGuardianRequest(**at, method=res.SMS), metadata=staff)
    assert missing.value.reason == "METHOD_MISSING"
    with pytest.raises(Conflict) as late:
        await grpc_stub.UndoUnlink(links_pb2.UndoUnlinkRequest(**at), metadata=staff)
    assert late.value.reason == "UNDO_EXPIRED"


async def test_a_request_id_belongs_to_one_body(grpc_stub, staff, world: World) -> None:
    """AP-05: the same id with another body is refused, for every kind of change."""
    request = new()
    request.request_id = str(uuid4())
    created = await grpc_stub.CreateApplication(request, metadata=staff)
    request.guardians[0].given_name = "Ana"
    with pytest.raises(AlreadyExists) as refused:
        await grpc_stub.CreateApplication(request, metadata=staff)
    assert refused.value.reason == "REQUEST_ID_REUSED"
    reinvite = invitations_pb2.ReinviteGuardianRequest(application_id=created.id, request_id=str(uuid4()))
    await grpc_stub.ReinviteGuardian(reinvite, metadata=staff)
    reinvite.method = res.EMAIL
    with pytest.raises(AlreadyExists):
        await grpc_stub.ReinviteGuardian(reinvite, metadata=staff)


async def test_page_tokens_belong_to_their_list(grpc_stub, staff, people, world: World) -> None:
    """AP-02, AP-17: damaged, of another filter, order, application or organization: refused."""
    one, _ = await world.submit(), await world.submit()
    request = search_pb2.ListApplicationsRequest(page_size=1)
    token = (await grpc_stub.ListApplications(request, metadata=staff)).next_page_token
    other = await World.with_organization(world.deps, world.clock, world.identity)
    stranger = people.metadata(Role.STAFF, org_id=other.org_id)
    for stale, metadata in (
        (search_pb2.ListApplicationsRequest(page_token=token, order_by="number"), staff),
        (search_pb2.ListApplicationsRequest(page_token=token, query="g"), staff),
        (search_pb2.ListApplicationsRequest(page_token=token, link_states=[res.Guardian.LINKED]), staff),
        (search_pb2.ListApplicationsRequest(page_token=token, statuses=[res.Application.ACTIVE]), staff),
        (search_pb2.ListApplicationsRequest(page_token=token[:-2] + "AA"), staff),
        (search_pb2.ListApplicationsRequest(page_token="ü"), staff),
        (search_pb2.ListApplicationsRequest(page_token=token, query="?"), staff),
        (search_pb2.ListApplicationsRequest(page_token=token), stranger),
    ):
        with pytest.raises(InvalidArgument) as refused:
            await grpc_stub.ListApplications(stale, metadata=metadata)
        assert refused.value.reason == "PAGE_TOKEN_INVALID"
    timeline = timeline_pb2.ListTimelineEntriesRequest(application_id=one.id, page_token=token)
    with pytest.raises(InvalidArgument):
        await grpc_stub.ListTimelineEntries(timeline, metadata=staff)


@pytest.mark.parametrize(
    "request_",
    [
        search_pb2.ListApplicationsRequest(page_size=201),
        search_pb2.ListApplicationsRequest(page_size=-1),
        search_pb2.ListApplicationsRequest(order_by="name"),
        search_pb2.ListApplicationsRequest(query="x" * 101),
        search_pb2.ListApplicationsRequest(link_states=[res.Guardian.LINK_STATE_UNSPECIFIED]),
        search_pb2.ListApplicationsRequest(link_states=[99]),  # type: ignore[list-item] # what a newer client may send
    ],
)
async def test_lists_that_cannot_be(grpc_stub, staff, request_) -> None:
    """AP-02: sizes, orders and states that there are not."""
    with pytest.raises(InvalidArgument):
        await grpc_stub.ListApplications(request_, metadata=staff)


async def test_other_families_applications_do_not_exist(grpc_stub, people, world: World) -> None:
    """AP-14: neither those of another family nor those that nobody holds."""
    held, _ = await world.linked()
    free = await world.submit()
    stranger = as_family(people, world.an_account())
    for application_id in (held.id, free.id, NOWHERE):
        with pytest.raises(NotFound) as refused:
            await grpc_stub.GetMyApplication(
                families_pb2.GetMyApplicationRequest(application_id=application_id), metadata=stranger
            )
        assert refused.value.reason == "APPLICATION_NOT_FOUND"
