"""What the features are handed: everything outside of them."""

from dataclasses import dataclass

from portico.identity.v1.stub import IdentityStub

from chassis.blobs import Blobs
from chassis.clock import Clock
from chassis.db import Database
from chassis.ids import Ids
from chassis.pagination import Pager
from chassis.secrets import KeyedHash, Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The database, time and chance, what keeps secrets and files, and the neighbour who keeps logins.

    `public_url` has no slash at its end. `has_scanner`: files are scanned.
    """

    database: Database
    clock: Clock
    ids: Ids
    hashes: KeyedHash
    sealer: Sealer
    public_url: str
    pager: Pager
    identity: IdentityStub
    blobs: Blobs
    has_scanner: bool
