"""What the use cases of every feature are handed."""

from dataclasses import dataclass

from chassis.clock import Clock
from chassis.db import Database
from chassis.ids import Ids
from chassis.pagination import Pager
from chassis.secrets import KeyedHash


@dataclass(frozen=True, slots=True)
class Deps:
    """What every use case may need; a feature that needs more adds it."""

    database: Database
    clock: Clock
    ids: Ids
    hashes: KeyedHash
    pager: Pager
