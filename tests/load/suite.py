"""The whole suite, with an organization in it."""

import asyncio
from dataclasses import dataclass

from local_stack.certificates import Certificate
from local_stack.external import External
from local_stack.stack import Stack
from local_stack.topology import GATEWAY, Surroundings
from tests.e2e.agencies import founded
from tests.e2e.people import Agency
from tests.load.site import Site


@dataclass(frozen=True, slots=True)
class Suite:
    """A running stack, seen from inside: its services are called past the gateway, too."""

    stack: Stack
    agency: Agency

    @property
    def around(self) -> Surroundings:
        """Addresses, certificates and settings."""
        return self.stack.around

    @property
    def client(self) -> Certificate:
        """Who calls: the gateway."""
        return self.around.certificates[GATEWAY]

    @property
    def token(self) -> str:
        """The access token of the organization's administrator."""
        return str(self.agency.admin.tokens["accessToken"])

    def pid(self, part: str) -> int:
        """The process of a part."""
        return self.stack.parts[part].pid

    def beside(self, *parts: str) -> dict[str, int]:
        """The processes of what a service leans on."""
        return {part: self.pid(part) for part in parts}


async def new_suite(site: Site, external: External | None = None) -> Suite:
    """Started on fresh data, with an organization that every service knows; it ends with the site."""
    stack = site.parts.enter_context(site.new_stack(external))
    return Suite(stack, await asyncio.to_thread(founded, stack))
