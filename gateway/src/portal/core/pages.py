"""A page and an area, as an area declares them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from starlette.responses import Response

from chassis.call import Role
from portal.core.context import PageContext
from portal.core.flash import Flash
from portal.core.forms import MAX_BYTES
from portal.core.site import NavLink

Handler = Callable[[PageContext], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An address and what is there. `roles`: who may come; empty: anybody. `is_secret`: the address opens something.

    `is_anyones`: its form does the same whoever is signed in: it asks for a proof of its own. `max_bytes`: of its form.
    `takes_files`: its form is read by the page, while it comes (`PageContext.files`). `is_stream`: its answer is sent
    while a service makes it.
    """

    path: str
    get: Handler | None = None
    post: Handler | None = None
    roles: frozenset[Role] = frozenset()
    is_secret: bool = False
    is_anyones: bool = False
    max_bytes: int = MAX_BYTES
    takes_files: bool = False
    is_stream: bool = False

    @property
    def methods(self) -> list[str]:
        """The HTTP methods that it answers."""
        return [name for name, handler in (("GET", self.get), ("POST", self.post)) if handler]


class Area(Protocol):
    """A package in `portal/areas`: its pages, its links in the header, and what it says after something was done.

    Its templates lie in its folder `templates` and are called by its name: `staff/application.html`.
    """

    __name__: str
    PAGES: tuple[Page, ...]
    NAV: tuple[NavLink, ...]
    FLASHES: Mapping[str, Flash]
