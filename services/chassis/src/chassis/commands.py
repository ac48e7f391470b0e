"""The command line of a service: what every service's operator can do, and the commands of its own."""

from importlib import import_module
from typing import Annotated, Any
from uuid import UUID

import typer

from chassis.context import ServiceContext
from chassis.dead_letters import DeadLetter, newest_dead_letters
from chassis.relay import replay
from chassis.service import ServiceDefinition, in_context, serve
from chassis.settings import documented, load


def command_line(definition: ServiceDefinition[Any]) -> typer.Typer:
    """All commands of a service."""
    app: typer.Typer = import_module(definition.commands).commands if definition.commands else typer.Typer()
    app.info.help = f"The {definition.name} service."
    app.info.no_args_is_help = True
    commands = _Commands(definition)
    for command in (
        commands.serve,
        commands.migrate,
        commands.replay,
        commands.dead_letters,
        commands.redrive,
        commands.settings,
    ):
        app.command()(command)
    return app


class _Commands:
    """The commands that every service has."""

    def __init__(self, definition: ServiceDefinition[Any]) -> None:
        self._definition = definition

    def serve(self) -> None:
        """Serve until SIGTERM or Ctrl-C."""
        serve(self._definition)

    def migrate(self) -> None:
        """Bring the database's tables to the newest revision."""
        # Alembic takes a third of a second to import, and only this command needs it.
        from chassis.migrations import UnknownRevision, migrate

        settings = load(self._definition.settings)
        if settings.database_owner_url is None:
            raise typer.BadParameter("PORTICO_DATABASE_OWNER_URL is needed")
        try:
            migrate(settings.database_owner_url.reveal(), f"{self._definition.name}.migrations")
        except UnknownRevision as problem:
            typer.echo(problem, err=True)
            raise typer.Exit(1) from None

    def replay(self) -> None:
        """Publish again what is kept of the last 72 hours' events; each keeps its id and its one effect."""

        async def act(context: ServiceContext[Any]) -> int:
            await self._definition.build(context)
            return await replay(await context.database(), context.streams)

        typer.echo(f"{in_context(self._definition, act)} events are published again")

    def dead_letters(self) -> None:
        """List the events that were given up, the newest first, with the reason."""

        async def act(context: ServiceContext[Any]) -> list[DeadLetter]:
            return await newest_dead_letters(await context.database())

        for letter in in_context(self._definition, act):
            typer.echo(f"{letter.fail_time:%Y-%m-%d %H:%M:%S}  {letter.id}  {letter.subject}  {letter.reason}")

    def redrive(self, letter: Annotated[UUID, typer.Argument(help="Id of a dead letter.")]) -> None:
        """Handle a dead letter once more."""

        async def act(context: ServiceContext[Any]) -> None:
            await self._definition.build(context)
            await (await context.consumes()).redrive(letter)

        in_context(self._definition, act)

    def settings(self) -> None:
        """Print the settings as a table."""
        typer.echo(documented(self._definition.settings), nl=False)
