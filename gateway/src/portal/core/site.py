"""What all areas together say of themselves: the header's links, where each role begins, and the flash messages."""

from collections.abc import Mapping
from dataclasses import dataclass

from chassis.call import Role
from portal.core.flash import Flash


@dataclass(frozen=True, slots=True)
class NavLink:
    """A link of the header, for the people of these roles."""

    path: str
    label: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Site:
    """Put together from the areas in `app.py`; `flashes` by the key that the cookie holds."""

    nav: tuple[NavLink, ...]
    flashes: Mapping[str, Flash]

    def home(self, role: Role) -> str:
        """Where a role begins: the first link of the header that is for it."""
        return next(link.path for link in self.nav if role in link.roles)
