"""What makes a service one: its definition, and how its process begins."""

import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import uvloop

from chassis import process, telemetry
from chassis.context import Build, ServiceContext
from chassis.settings import Settings, load, masked

S = TypeVar("S", bound=Settings)
T = TypeVar("T")

_log = telemetry.logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDefinition(Generic[S]):
    """A service's name, which is its package's, its settings, its parts, and the module of its own commands."""

    name: str
    settings: type[S]
    build: Build[S]
    commands: str | None = None


def run(definition: ServiceDefinition[Any]) -> None:
    """The process of `python -m SERVICE …`: `serve`, `migrate` and the rest; `--help` tells.

    The command line takes 2 MB of memory and brings pydantic along, 7 more: what serves does without.
    """
    if sys.argv[1:] == ["serve"]:
        serve(definition)
    else:
        from chassis.commands import command_line

        command_line(definition)()


def serve(definition: ServiceDefinition[Any]) -> None:
    """Serves until SIGTERM or Ctrl-C."""
    settings = load(definition.settings)
    with telemetry.configured(definition.name, settings):
        _log.info("service.settings", **masked(settings))
        uvloop.run(process.serve(definition.name, settings, definition.build))


def in_context(definition: ServiceDefinition[S], action: Callable[[ServiceContext[S]], Awaitable[T]]) -> T:
    """Runs one action with the parts of the service, without serving; for commands."""
    settings = load(definition.settings)
    telemetry.configure_logging(definition.name, level="WARNING", as_json=False)

    async def act() -> T:
        async with AsyncExitStack() as exit_stack:
            return await action(ServiceContext(definition.name, settings, exit_stack))

    return uvloop.run(act())
