"""What an operator does by hand: `python -m identity create-organization …`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
from typing import Annotated
from uuid import UUID

import typer
from portico.identity.v1 import resources_pb2 as res

from chassis.call import Call, Caller, Role
from chassis.context import ServiceContext
from chassis.errors import ServiceError
from chassis.service import in_context
from identity.accounts.domain import NewLogin
from identity.app import definition, deps_of
from identity.config import IdentitySettings
from identity.onboarding.usecases import create_organization, find_organization
from identity.organizations.domain import Organization, OrganizationDiffers
from identity.organizations.usecases import get_organization, update_organization

commands = typer.Typer()


@commands.command(name="create-organization")
def create(
    *,
    slug: Annotated[str, typer.Option(help="Names the realm at sign-in: `sunrise-childcare`.")],
    name: Annotated[str, typer.Option(help="As people read it.")],
    country: Annotated[str, typer.Option(help="ISO 3166-1 alpha-2, for phone numbers without a country code.")],
    time_zone: Annotated[str, typer.Option(help="IANA zone.")],
    languages: Annotated[str, typer.Option(help="Tags with commas between; the first is the default.")],
    admin_username: Annotated[str, typer.Option(help="Email address or phone number of the first administrator.")],
    admin_name: Annotated[str, typer.Option(help="What the administrator is called.")],
    admin_language: Annotated[str, typer.Option(help="Language of messages to the administrator.")] = "",
) -> None:
    """Create an organization and its first staff administrator; prints the organization's id.

    The administrator's password is one line on standard input. With the same words again it changes nothing.
    """
    tags = tuple(tag.strip() for tag in languages.split(","))
    login = NewLogin(
        role=Role.STAFF_ADMIN, username=admin_username, display_name=admin_name, language=admin_language or tags[0]
    )

    async def act(context: ServiceContext[IdentitySettings]) -> UUID:
        deps = await deps_of(context)
        asked = Organization(
            org_id=deps.ids(),
            slug=slug,
            name=name,
            country=country,
            time_zone=time_zone,
            languages=tags,
            create_time=deps.clock(),
            version=1,
        )
        organization = await find_organization(deps, organization=asked, administrator=login)
        if organization is None:
            call = Call(caller=Caller(), method="create-organization")
            organization = await create_organization(
                deps, call, organization=asked, administrator=login, password=_password()
            )
        return organization.org_id

    try:
        with _refusals():
            typer.echo(in_context(definition, act))
    except OrganizationDiffers:
        typer.echo(f"{slug} belongs to an organization that was created with other words.", err=True)
        raise typer.Exit(1) from None


@commands.command(name="set-organization")
def set_organization(
    *,
    slug: Annotated[str, typer.Option(help="Of the organization.")],
    name: Annotated[str | None, typer.Option(help="As people read it.")] = None,
    phone: Annotated[str | None, typer.Option(help="Where people call it: `(312) 555-0100`.")] = None,
    email: Annotated[str | None, typer.Option(help="Where people write to it, and where replies go.")] = None,
    hours: Annotated[str | None, typer.Option(help="When somebody is there: `Mon to Fri, 8 am to 5 pm`.")] = None,
    web_page: Annotated[str | None, typer.Option(help="`https://…`")] = None,
    color: Annotated[str | None, typer.Option(help="Of its pages and messages: `#14603a`.")] = None,
    send_rate: Annotated[int | None, typer.Option(help="Messages in bulk that go out in a minute at most.")] = None,
    listed: Annotated[bool | None, typer.Option(help="Whether strangers find it by its name.")] = None,
) -> None:
    """Change what an organization shows of itself: what is not said stays, an empty text removes; prints the result.

    Its send rate only this command changes.
    """
    given = {"name": name, "phone": phone, "email": email, "hours": hours, "web_page": web_page, "color": color}
    given["send_rate_per_minute"] = None if send_rate is None else str(send_rate)
    given["listed"] = None if listed is None else str(listed).lower()

    async def act(context: ServiceContext[IdentitySettings]) -> res.Organization:
        deps = await deps_of(context)
        organization = await get_organization(deps, slug=slug)
        call = Call(caller=Caller(), method="set-organization")
        written = {field: text for field, text in given.items() if text is not None}
        return await update_organization(deps, call, org_id=organization.org_id, written=written)

    with _refusals():
        organization = in_context(definition, act)
    for field in given:
        typer.echo(f"{field}: {getattr(organization, field)}")


@contextmanager
def _refusals() -> Iterator[None]:
    """What identity refuses, as words on the standard error and an exit with 1."""
    try:
        yield
    except ServiceError as error:
        typer.echo(error, err=True)
        for violation in error.violations:
            typer.echo(f"  {violation.field}: {violation.description}", err=True)
        raise typer.Exit(1) from None


def _password() -> str:
    if sys.stdin.isatty():
        return getpass("Password of the administrator: ")
    return sys.stdin.readline().rstrip("\r\n")
