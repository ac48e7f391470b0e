"""What the features are handed: everything outside of them."""

from dataclasses import dataclass

from portico.identity.v1.stub import IdentityStub

from chassis.clock import Clock
from chassis.db import Database
from chassis.ids import Ids
from chassis.pagination import Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The database, time and chance, what serves lists, and the neighbour who keeps logins."""

    database: Database
    clock: Clock
    ids: Ids
    pager: Pager
    identity: IdentityStub
