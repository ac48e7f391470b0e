"""identity's RPCs that only look something up, through a real gRPC server with the production interceptor."""

import jwt
import pytest
from portico.identity.v1 import accounts_pb2, organizations_pb2, sessions_pb2
from portico.identity.v1.resources_pb2 import Colleague, Organization

from chassis.call import Role
from chassis.errors import NotFound
from chassis.ids import new_id
from chassis.testing.grpc import KEY_ID, TestPeople, as_service
from chassis.wire import timestamp
from services.identity.tests.served import GATEWAY, Served, refused
from services.identity.tests.world import World


async def test_anybody_reads_where_people_sign_in(served: Served, sunrise: World) -> None:
    """ID-01, PO-03: without signing in, the slug of an organization gives its name, languages and time zone."""
    request = organizations_pb2.GetOrganizationRequest(slug=sunrise.organization.slug)
    expected = Organization(
        id=str(sunrise.organization.org_id),
        slug=sunrise.organization.slug,
        name="Sunrise Childcare",
        country="US",
        time_zone="America/New_York",
        languages=["en", "es"],
        create_time=timestamp(sunrise.organization.create_time),
        send_rate_per_minute=3000,
        listed=True,
    )
    assert expected == await served.public.GetOrganization(request, metadata=GATEWAY)
    for slug in ("nowhere", "family"):
        request.slug = slug
        answer = served.public.GetOrganization(request, metadata=GATEWAY)
        await refused(answer, NotFound, "ORGANIZATION_NOT_FOUND")


@pytest.mark.parametrize("role", [Role.STAFF, Role.STAFF_ADMIN])
async def test_staff_read_by_whom(served: Served, sunrise: World, people: TestPeople, role: Role) -> None:
    """ID-01, AP-17: staff and administrators read the names of their own organization's staff, and of nobody else."""
    boss = (await sunrise.sign_in()).account
    request = accounts_pb2.BatchGetColleaguesRequest(account_ids=[str(new_id()), str(boss.id).upper()])
    own = people.metadata(role, org_id=boss.org_id)
    answer = await served.public.BatchGetColleagues(request, metadata=own)
    assert [Colleague(id=str(boss.id), display_name="Boss")] == list(answer.colleagues)
    stranger = people.metadata(role, org_id=new_id())
    assert accounts_pb2.BatchGetColleaguesResponse() == await served.public.BatchGetColleagues(
        request, metadata=stranger
    )


async def test_who_can_be_given_work(served: Served, sunrise: World, people: TestPeople) -> None:
    """AP-16, CM-08: staff list their active colleagues by name; services ask about one, and hear the address, too."""
    boss = (await sunrise.sign_in()).account
    own = people.metadata(Role.STAFF, org_id=boss.org_id)
    expected = Colleague(id=str(boss.id), display_name="Boss")
    listed = await served.public.ListColleagues(accounts_pb2.ListColleaguesRequest(), metadata=own)
    assert ([expected], "") == (list(listed.colleagues), listed.next_page_token)
    request = accounts_pb2.GetStaffRequest(org_id=str(boss.org_id), account_id=str(boss.id))
    expected.email, expected.language = boss.username, boss.language
    for service in ("applications", "casemanager"):
        assert expected == await served.internal.GetStaff(request, metadata=as_service(service))
    request.account_id = str(new_id())
    await refused(served.internal.GetStaff(request, metadata=as_service("applications")), NotFound, "ACCOUNT_NOT_FOUND")


async def test_keys_are_a_public_set(served: Served, people: TestPeople) -> None:
    """ID-05: anybody reads the JWK set, and a token of identity verifies with it."""
    (key,) = (await served.public.GetJsonWebKeySet(sessions_pb2.GetJsonWebKeySetRequest(), metadata=GATEWAY)).keys
    assert ("OKP", "Ed25519", KEY_ID, "EdDSA", "sig") == (key.kty, key.crv, key.kid, key.alg, key.use)
    jwk = jwt.PyJWK({"kty": key.kty, "crv": key.crv, "x": key.x}, algorithm="EdDSA")
    assert "portico" == jwt.decode(people.token(), jwk.key, algorithms=["EdDSA"], audience="portico")["iss"]
