"""Everything that a stack writes down: logs, tables, events."""

from collections.abc import Iterator

import psycopg
from psycopg import sql

from local_stack.stack import Stack
from local_stack.topology import SERVICES


def kept(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """The name of each log, database and file of NATS, with what is in it."""
    for log in (stack.data / "logs").iterdir():
        yield log.name, log.read_bytes()
    for service in SERVICES:
        yield service, _dumped(stack, service)
    for path in (stack.data / "nats").rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()


def _dumped(stack: Stack, service: str) -> bytes:
    """Every row of a service's database as text; binary columns as they are, too."""
    with psycopg.connect(stack.owner_url(service)) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        statements = [sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)) for (table,) in tables]
        values = (value for statement in statements for row in connection.execute(statement) for value in row)
        return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)
