"""What an operator does by hand: `python -m applications set-invite-days …`."""

from typing import Annotated
from uuid import UUID

import typer

from applications.app import definition
from applications.config import ApplicationsSettings
from applications.shared.organizations import SET_INVITE_DAYS
from chassis.context import ServiceContext
from chassis.service import in_context

commands = typer.Typer()


@commands.command()
def set_invite_days(
    org_id: Annotated[UUID, typer.Argument(help="Id of the organization.")],
    days: Annotated[int, typer.Argument(min=1, max=30, help="How long its invitations live from now on.")],
) -> None:
    """Set how many days the invitations of an organization live; the default is 14."""

    async def act(context: ServiceContext[ApplicationsSettings]) -> int:
        return await (await context.database()).run(SET_INVITE_DAYS, org_id=org_id, invite_days=days)

    if not in_context(definition, act):
        typer.echo("No such organization.", err=True)
        raise typer.Exit(1)
