"""What all areas together say of themselves: the header's links, where each role begins, and the flash messages."""

from collections.abc import Mapping
from dataclasses import dataclass

from chassis.call import Role
from portal.core.flash import Flash

PERSONAL = 90
"""The `order` from which on a link is about the person and not about their work."""


@dataclass(frozen=True, slots=True)
class NavLink:
    """An area in the header, for the people of these roles.

    `icon` is drawn in `parts/icon.html`. The lowest `order` comes first; from `PERSONAL` on it is in the account menu.
    `also` are the beginnings of other paths that belong to it; `is_alone`: pages below it have links of their own.
    """

    path: str
    label: str
    roles: frozenset[Role]
    icon: str
    order: int
    also: tuple[str, ...] = ()
    is_alone: bool = False

    def holds(self, path: str) -> bool:
        """Whether a page belongs to this area."""
        if self.is_alone:
            return path == self.path
        return path.startswith((self.path, *self.also))


@dataclass(frozen=True, slots=True)
class Site:
    """Put together from the areas in `app.py`: `nav` in its order, `flashes` by the key that the cookie holds."""

    nav: tuple[NavLink, ...]
    flashes: Mapping[str, Flash]

    def links(self, role: Role, *, personal: bool = False) -> list[NavLink]:
        """The areas of a role, or what its account menu has."""
        return [link for link in self.nav if role in link.roles and personal == (link.order >= PERSONAL)]

    def home(self, role: Role) -> str:
        """Where a role begins: the first link of the header that is for it."""
        return next(link.path for link in self.nav if role in link.roles)
