"""Places in the code at which a process can be held, without a change to it: statements that wait for a lock."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from tests.chaos.scene import Scene


class Place(Enum):
    """Service, table, kind of statement."""

    SAVED = ("applications", "outbox", "INSERT")
    """A use case has decided and saves."""
    PUBLISHED = ("applications", "outbox", "UPDATE")
    """NATS has acknowledged, and the relay marks the rows."""
    RECEIVED = ("applications", "inbox", "INSERT")
    """A consumer has an event in hand."""
    HANDED_OVER = ("notifications", "messages", "UPDATE")
    """A sender records what a provider said (or claims)."""
    FILED = ("casemanager", "reports", "INSERT")
    """The bytes of a report are in the store, and its row is written."""
    JUDGED = ("casemanager", "bookings", "UPDATE")
    """The scanner has said what a report is, and its booking changes (or another one does)."""


@dataclass(frozen=True, slots=True)
class Held:
    """A place at which everybody waits."""

    place: Place
    connection: psycopg.Connection[TupleRow]

    def waiting(self) -> bool:
        """Whether somebody is there."""
        query = "SELECT FROM pg_stat_activity WHERE datname = %s AND wait_event = 'advisory'"
        return self.connection.execute(query, (self.place.value[0],)).fetchone() is not None

    def end_the_waiting(self) -> None:
        """Take their connections away: what a dead process asked for must not be done after its death."""
        query = (
            "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND wait_event = 'advisory'"
        )
        gone = [pid for pid, _ in self.connection.execute(query, (self.place.value[0],))]
        while self.connection.execute("SELECT FROM pg_stat_activity WHERE pid = ANY(%s)", (gone,)).fetchone():
            time.sleep(0.001)


def prepare(scene: Scene) -> None:
    """Put a trigger at every place; until somebody holds the lock they let everybody through."""
    for number, place in enumerate(Place):
        service, table, kind = place.value
        with scene.superuser(service) as connection:
            connection.execute(
                "CREATE OR REPLACE FUNCTION wait_here() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN PERFORM pg_advisory_xact_lock_shared(TG_ARGV[0]::bigint); RETURN NULL; END $$"
            )
            connection.execute(
                sql.SQL("CREATE TRIGGER {} BEFORE {} ON {} EXECUTE FUNCTION wait_here({})").format(
                    sql.Identifier(f"wait_{number}"), sql.SQL(kind), sql.Identifier(table), sql.Literal(str(number))
                )
            )


@contextmanager
def held(scene: Scene, place: Place) -> Iterator[Held]:
    """Everybody who comes to a place waits there until the end of the block."""
    number = list(Place).index(place)
    with scene.superuser(place.value[0]) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (number,))
        yield Held(place, connection)


@contextmanager
def without_relay(scene: Scene, service: str) -> Iterator[None]:
    """No process of a service publishes: somebody else holds the lock of those who may."""
    leaders = (
        "SELECT pg_terminate_backend(pid) FROM pg_locks"
        " WHERE locktype = 'advisory' AND objid::bigint = hashtext('relay')::bigint & 4294967295"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with scene.superuser(service) as connection:
        while connection.execute("SELECT pg_try_advisory_lock(hashtext('relay'))").fetchone() != (True,):
            connection.execute(leaders)
        yield
