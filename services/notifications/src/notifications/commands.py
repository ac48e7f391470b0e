"""What an operator or an author of templates does by hand: `python -m notifications dead-messages`."""

from typing import Annotated
from uuid import UUID

import typer
from nacl.public import PrivateKey

from chassis.clock import utc_now
from chassis.context import ServiceContext
from chassis.errors import ServiceError
from chassis.ids import new_id
from chassis.secrets import Opener, Sealer
from chassis.service import in_context
from notifications.app import definition, deps_of
from notifications.config import NotificationsSettings
from notifications.dead_letters.storage import LIST_DEAD_LETTERED
from notifications.dead_letters.usecases import redrive_dead_letter
from notifications.messages.domain import DeadLetteredMessage
from notifications.shared.domain import Channel
from notifications.templates.branding import SAMPLE_PROFILE
from notifications.templates.catalogue import SAMPLE_PORTAL, Catalogue, record_versions
from notifications.templates.composition import Composer, Draft

commands = typer.Typer()


@commands.command(name="record-versions")
def record() -> None:
    """Give each template whose files changed its next version; without this the service does not start."""
    for key in record_versions():
        typer.echo(f"{key}: new version")


@commands.command()
def preview(
    key: Annotated[str, typer.Argument(help="Key of a template: `FAMILY_INVITATION`.")],
    language: Annotated[str, typer.Argument(help="Tag of a language: `es`.")] = "en",
    *,
    sms: Annotated[bool, typer.Option("--sms", help="The SMS instead of the email.")] = False,
) -> None:
    """Print a template filled with its sample: an SMS as text, an email as it would be sent (open it as `.eml`)."""
    catalogue, box = Catalogue(), PrivateKey.generate()
    template = catalogue.template(key, Channel.SMS if sms else Channel.EMAIL)
    composer = Composer(
        catalogue=catalogue, opener=Opener(bytes(box)), public_url=SAMPLE_PORTAL, mail_from="portico@example.org"
    )
    draft = Draft(
        message_id=new_id(),
        template=template,
        recipient="somebody@example.org",
        language=language,
        values=template.sample,
        sealed_values=Sealer(bytes(box.public_key)).seal(template.sample),
    )
    typer.echo(composer.compose(draft, now=utc_now(), profile=SAMPLE_PROFILE).content)


@commands.command()
def dead_messages() -> None:
    """List the messages that were given up, the newest first, with the reason."""

    async def act(context: ServiceContext[NotificationsSettings]) -> list[DeadLetteredMessage]:
        return await (await context.database()).all(LIST_DEAD_LETTERED)

    for message in in_context(definition, act):
        typer.echo(
            f"{message.dead_time:%Y-%m-%d %H:%M:%S}  {message.org_id}  {message.id}  {message.template}"
            f"  {message.reference}  {message.dead_reason}"
        )


@commands.command()
def redrive_message(
    org_id: Annotated[UUID, typer.Argument(help="Id of the organization.")],
    message_id: Annotated[UUID, typer.Argument(help="Id of a dead message.")],
) -> None:
    """Put a dead message back to work; a running process sends it."""

    async def act(context: ServiceContext[NotificationsSettings]) -> None:
        deps = await deps_of(context, wake=lambda _: None)
        await redrive_dead_letter(deps, org_id=org_id, letter_id=message_id)

    try:
        in_context(definition, act)
    except ServiceError as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None
