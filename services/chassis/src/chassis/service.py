"""What makes a service one, and its command line."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import typer
import uvloop

from chassis import process, telemetry
from chassis.deadletters import DeadLetter, newest_dead_letters
from chassis.house import Build, House
from chassis.relay import replay
from chassis.settings import Settings, documented, load, masked

S = TypeVar("S", bound=Settings)
T = TypeVar("T")

_log = telemetry.logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDefinition(Generic[S]):
    """A service's name, its settings, its parts, the package of its migrations, and commands of its own."""

    name: str
    settings: type[S]
    build: Build[S]
    migrations: str
    commands: typer.Typer | None = None


def run(definition: ServiceDefinition[Any]) -> None:
    """The command line of a service: `serve`, `migrate` and the rest; `--help` tells."""
    app = definition.commands or typer.Typer()
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
    app()


def in_house(definition: ServiceDefinition[S], action: Callable[[House[S]], Awaitable[T]]) -> T:
    """Runs one action with the parts of the service, without serving; for commands."""
    settings = load(definition.settings)
    telemetry.configure_logging(definition.name, level="WARNING", as_json=False)

    async def act() -> T:
        async with AsyncExitStack() as parts:
            return await action(House(definition.name, settings, parts))

    return uvloop.run(act())


class _Commands:
    """The commands that every service has."""

    def __init__(self, definition: ServiceDefinition[Any]) -> None:
        self._definition = definition

    def serve(self) -> None:
        """Serve until SIGTERM or Ctrl-C."""
        settings = load(self._definition.settings)
        with telemetry.configured(self._definition.name, settings):
            _log.info("service.settings", **masked(settings))
            uvloop.run(process.serve(self._definition.name, settings, self._definition.build))

    def migrate(self) -> None:
        """Bring the database's tables to the newest revision."""
        # Alembic takes a third of a second to import, and only this command needs it.
        from chassis.migrations import migrate

        settings = load(self._definition.settings)
        if settings.database_owner_url is None:
            raise typer.BadParameter("PORTICO_DATABASE_OWNER_URL is needed")
        migrate(settings.database_owner_url.get_secret_value(), self._definition.migrations)

    def replay(self) -> None:
        """Publish again what is kept of the last 72 hours' events; each keeps its id and its one effect."""

        async def act(house: House[Any]) -> int:
            await self._definition.build(house)
            return await replay(await house.database(), house.streams)

        typer.echo(f"{in_house(self._definition, act)} events are published again")

    def dead_letters(self) -> None:
        """List the events that were given up, the newest first, with the reason."""

        async def act(house: House[Any]) -> list[DeadLetter]:
            return await newest_dead_letters(await house.database())

        for letter in in_house(self._definition, act):
            typer.echo(f"{letter.failed_at:%Y-%m-%d %H:%M:%S}  {letter.id}  {letter.subject}  {letter.reason}")

    def redrive(self, letter: Annotated[UUID, typer.Argument(help="Id of a dead letter.")]) -> None:
        """Handle a dead letter once more."""

        async def act(house: House[Any]) -> None:
            await self._definition.build(house)
            await (await house.consumes()).redrive(letter)

        in_house(self._definition, act)

    def settings(self) -> None:
        """Print the settings as a table."""
        typer.echo(documented(self._definition.settings), nl=False)
