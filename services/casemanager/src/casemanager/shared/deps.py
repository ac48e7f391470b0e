"""What the features are handed: everything outside of them."""

from dataclasses import dataclass

from chassis.clock import Clock
from chassis.db import Database
from chassis.ids import Ids
from chassis.pagination import Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The database, time and chance, and what serves lists."""

    database: Database
    clock: Clock
    ids: Ids
    pager: Pager
