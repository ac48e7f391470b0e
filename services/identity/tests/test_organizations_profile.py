"""What an organization shows of itself, on a real database."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from portico.identity.v1.events_pb2 import OrganizationEvent
from portico.identity.v1.organizations_pb2 import (
    GetMyOrganizationRequest,
    GetOrganizationRequest,
    OrganizationPatch,
    UpdateOrganizationRequest,
)
from portico_errors.identity import OrganizationNotFound

from chassis.call import FAMILY_ORG, Role
from chassis.errors import AlreadyExists, InvalidArgument
from chassis.ids import new_id
from chassis.testing.grpc import TestPeople
from identity.organizations.domain import PROFILE
from identity.organizations.events import organization_message
from identity.organizations.profile import change_settings
from identity.organizations.storage import OrganizationDirectory
from identity.organizations.usecases import get_organization, load_organization, update_organization
from identity.shared.audit.domain import Action
from services.identity.tests.served import GATEWAY, Served, refused
from services.identity.tests.world import World

MAPLE = {
    "name": "  Maple   County Childcare ",
    "phone": "(312) 555-0100",
    "email": " Hello@Maple.Example ",
    "hours": "Mon to Fri, 8 am to 5 pm",
    "web_page": "maple.example/childcare",
    "color": "#FFE100",
}
IN_ONE_FORM = {
    "name": "Maple County Childcare",
    "phone": "+13125550100",
    "email": "hello@maple.example",
    "hours": "Mon to Fri, 8 am to 5 pm",
    "web_page": "https://maple.example/childcare",
    "color": "#ffe100",
}


def _profile(organization: object) -> dict[str, str]:
    return {name: getattr(organization, name) for name in PROFILE}


async def _update(world: World, written: Mapping[str, str]) -> dict[str, str]:
    call = world.call(await world.sign_in())
    return _profile(await update_organization(world.deps, call, org_id=world.organization.org_id, written=written))


async def test_an_organization_shows_itself(world: World) -> None:
    """CASE-U6: what an administrator writes is read into one form, shown at once, audited and told to the others."""
    await get_organization(world.deps, slug=world.organization.slug)  # kept for a minute from here
    assert IN_ONE_FORM == await _update(world, MAPLE)
    assert IN_ONE_FORM == _profile(await get_organization(world.deps, slug=world.organization.slug))
    subject, version, event = (await world.events())[-1]
    assert ("organization.updated", 2) == (subject, version)
    assert isinstance(event, OrganizationEvent)
    assert (2, IN_ONE_FORM) == (event.version, _profile(event.updated.organization))
    [entry] = [entry for entry in await world.audit() if entry.action is Action.ORGANIZATION_UPDATED]
    boss = (await world.sign_in()).account
    assert (world.organization.org_id, boss.id) == (entry.subject_id, entry.actor_id)


async def test_only_what_is_written_changes(world: World) -> None:
    """CASE-U6: what is not written stays, and an empty text removes."""
    await _update(world, MAPLE)
    assert {**IN_ONE_FORM, "hours": "", "phone": "+13125550101"} == await _update(
        world, {"hours": " ", "phone": "312-555-0101"}
    )


@pytest.mark.parametrize(
    ("field", "text"),
    [
        *(("name", text) for text in ("", " ", "\u200b", "Sun\u202erise", "x\ny")),
        *(("phone", text) for text in ("12", "call us", "(312) 555-0100 x7", "900-555-0199")),
        *(("email", text) for text in ("maple", "a@b", "a@b.org\r\nBcc: c@d.org", "josé@maple.example")),
        *(("hours", text) for text in ("x" * 121, "8 am\n5 pm", "\u202e8 am", "\u200b")),
        *(("web_page", text) for text in ("http://maple.example", "javascript:alert(1)", "https://", "maple")),
        *(
            ("web_page", text)
            for text in ("https://a@b.org", "https://a.org:8443", 'https://a.org/"><b>', "ftp://a.org")
        ),
        *(("web_page", text) for text in ("https://a.org:x", "https://[::1]", f"https://a.org/{'x' * 200}")),
        *(("color", text) for text in ("red", "#12345", "#12345g", "url(x)", "#fff;x")),
        *(("send_rate_per_minute", text) for text in ("", "0", "60001", "fast")),
        *(("listed", text) for text in ("", "yes", "True")),
    ],
)
async def test_a_wrong_field_is_named(world: World, field: str, text: str) -> None:
    """CASE-U6, CASE-M14: what is no name, number, address, line, page or colour is refused by its field."""
    with pytest.raises(InvalidArgument) as wrong:
        change_settings(world.organization, {**MAPLE, field: text}, world.clock())
    assert [(f"organization.{field}", f"{field.upper()}_INVALID")] == [
        (v.field, v.reason) for v in wrong.value.violations
    ]
    assert all(v.localized["es"] for v in wrong.value.violations)


async def test_its_send_rate_is_told(world: World) -> None:
    """AP-12: an organization sends 3,000 messages in bulk a minute until somebody says another number."""
    assert 3_000 == organization_message(world.organization).send_rate_per_minute
    await update_organization(
        world.deps,
        world.call(await world.sign_in()),
        org_id=world.organization.org_id,
        written={"send_rate_per_minute": "60000"},
    )
    _, _, event = (await world.events())[-1]
    assert isinstance(event, OrganizationEvent)
    assert 60_000 == event.updated.organization.send_rate_per_minute
    stored = await load_organization(world.deps, org_id=world.organization.org_id)
    assert (60_000, world.organization.name) == (stored.send_rate_per_minute, stored.name)


async def test_parallel_changes_are_both_kept(world: World) -> None:
    """CASE-U6: two administrators who change two things in the same moment both get what they wrote."""
    call = world.call(await world.sign_in())
    await asyncio.gather(
        *(
            update_organization(world.deps, call, org_id=world.organization.org_id, written={name: MAPLE[name]})
            for name in ("phone", "email")
        )
    )
    shown = _profile(await get_organization(world.deps, slug=world.organization.slug))
    assert {"phone": IN_ONE_FORM["phone"], "email": IN_ONE_FORM["email"]} == {n: shown[n] for n in ("phone", "email")}


async def test_another_process_shows_it_within_a_minute(world: World) -> None:
    """CASE-U6: no process shows an old number for longer than a minute, and none lets an administrator correct one."""
    slug, other = world.organization.slug, OrganizationDirectory(world.deps.database, world.clock)
    await other.by_slug(slug)
    elsewhere = replace(world, deps=replace(world.deps, organizations=other))
    await _update(world, {"phone": MAPLE["phone"]})
    assert "+13125550100" == (await load_organization(elsewhere.deps, org_id=world.organization.org_id)).phone
    world.clock.advance(timedelta(minutes=1))
    found = await other.by_slug(slug)
    assert found is not None
    assert "+13125550100" == found.phone


async def test_the_realm_of_the_families_has_no_profile(world: World) -> None:
    """CASE-U6: nobody changes the families' realm by the command, and an organization that is gone is not found."""
    with pytest.raises(OrganizationNotFound):
        await get_organization(world.deps, slug="family")
    with pytest.raises(OrganizationNotFound):
        await update_organization(world.deps, world.call(await world.sign_in()), org_id=new_id(), written=MAPLE)
    assert FAMILY_ORG != world.organization.org_id


async def test_an_administrator_changes_their_own(served: Served, sunrise: World, people: TestPeople) -> None:
    """CASE-U6: an administrator changes their own organization, by mask or what is filled, and once per request id."""
    metadata = people.metadata(Role.STAFF_ADMIN, org_id=sunrise.organization.org_id)
    request = UpdateOrganizationRequest(
        request_id=str(new_id()), organization=OrganizationPatch(phone=MAPLE["phone"], color=MAPLE["color"])
    )
    first = await served.public.UpdateOrganization(request, metadata=metadata)
    assert ("+13125550100", "#ffe100", "Sunrise Childcare") == (first.phone, first.color, first.name)
    repeated = await served.public.UpdateOrganization(request, metadata=metadata)
    assert first == repeated
    masked = UpdateOrganizationRequest(
        organization=OrganizationPatch(color="x"), update_mask=FieldMask(paths=["phone"])
    )
    second = await served.public.UpdateOrganization(masked, metadata=metadata)
    assert ("", "#ffe100") == (second.phone, second.color)
    seen = await served.public.GetOrganization(GetOrganizationRequest(slug=sunrise.organization.slug), metadata=GATEWAY)
    assert second == seen
    assert second == await served.public.GetMyOrganization(GetMyOrganizationRequest(), metadata=metadata)
    request.organization.phone = "(312) 555-0101"
    await refused(served.public.UpdateOrganization(request, metadata=metadata), AlreadyExists, "REQUEST_ID_REUSED")


async def test_an_administrator_takes_it_off_the_list(served: Served, sunrise: World, people: TestPeople) -> None:
    """CASE-U4: an organization is listed until a mask says that it is not; what is merely left out stays."""
    metadata = people.metadata(Role.STAFF_ADMIN, org_id=sunrise.organization.org_id)
    unlist = UpdateOrganizationRequest(organization=OrganizationPatch(), update_mask=FieldMask(paths=["listed"]))
    assert not (await served.public.UpdateOrganization(unlist, metadata=metadata)).listed
    other = UpdateOrganizationRequest(organization=OrganizationPatch(color="#0b5394"))
    assert not (await served.public.UpdateOrganization(other, metadata=metadata)).listed
    listed = UpdateOrganizationRequest(organization=OrganizationPatch(listed=True))
    assert (await served.public.UpdateOrganization(listed, metadata=metadata)).listed


@pytest.mark.parametrize("path", ["slug", "send_rate_per_minute"])
async def test_what_cannot_be_changed_is_refused(served: Served, sunrise: World, people: TestPeople, path: str) -> None:
    """CASE-U6, AP-12: a mask of slug or send rate is refused, and a wrong field says so in the caller's language."""
    metadata = people.metadata(Role.STAFF_ADMIN, org_id=sunrise.organization.org_id)
    masked = UpdateOrganizationRequest(organization=OrganizationPatch(), update_mask=FieldMask(paths=[path]))
    wrong = await refused(
        served.public.UpdateOrganization(masked, metadata=metadata), InvalidArgument, "INVALID_REQUEST"
    )
    assert ["update_mask"] == [violation.field for violation in wrong.violations]
    typed = UpdateOrganizationRequest(organization=OrganizationPatch(web_page="http://maple.example"))
    wrong = await refused(
        served.public.UpdateOrganization(typed, metadata=metadata), InvalidArgument, "INVALID_REQUEST"
    )
    assert ["organization.web_page"] == [violation.field for violation in wrong.violations]
