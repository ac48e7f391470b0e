"""Anchor of P-05: COPY of the rows that a batch has written, into the same tables with all their indices."""

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from tests.load.workers import work

_TABLES = ("batch_rows", "invitations", "timeline", "outbox")
_CHUNK = 1_000
Recorded = dict[str, tuple[list[str], list[tuple[Any, ...]]]]
"""Columns and rows by table."""
Written = dict[str, tuple[list[str], list[list[Any]]]]
"""The same for another organization."""


@asynccontextmanager
async def begin(*, database_url: str) -> AsyncIterator[tuple[object, Any]]:
    """`record=ORG` reads what is to be copied; `copy=ORG, source=RECORDED` copies it for another one, in seconds.

    A commit for each thousand rows of the batch, as the batch has it.
    """
    recorded: dict[str, Recorded] = {}
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:

        async def answer(*, record: str = "", copy: str = "", source: str = "") -> object:
            if record:
                tables = {table: await _rows(connection, table, UUID(record)) for table in _TABLES}
                recorded[record] = tables
                return {table: len(rows) for table, (_, rows) in tables.items()}
            chunks = list(_chunks(recorded[source], UUID(copy)))
            started = time.perf_counter()
            for chunk in chunks:
                async with connection.transaction(), connection.cursor() as cursor:
                    for table, (columns, rows) in chunk.items():
                        await _copy(cursor, table, columns, rows)
            return time.perf_counter() - started

        yield {}, answer


def _chunks(recorded: Recorded, org_id: UUID) -> Iterator[Written]:
    """The rows of another organization, in as many parts as the batch had chunks."""
    count = -(-len(recorded[_TABLES[0]][1]) // _CHUNK)
    for number in range(count):
        yield {
            table: (columns, _for_organization(columns, _part(rows, number, count), org_id))
            for table, (columns, rows) in recorded.items()
        }


def _part(rows: list[tuple[Any, ...]], number: int, count: int) -> list[tuple[Any, ...]]:
    return rows[len(rows) * number // count : len(rows) * (number + 1) // count]


async def _rows(
    connection: psycopg.AsyncConnection, table: str, org_id: UUID
) -> tuple[list[str], list[tuple[Any, ...]]]:
    query = sql.SQL("SELECT * FROM {} WHERE org_id = %s").format(sql.Identifier(table))
    cursor = await connection.execute(query, [org_id], binary=True)
    rows = await cursor.fetchall()
    return [column.name for column in cursor.description or ()], rows


def _for_organization(columns: list[str], rows: list[tuple[Any, ...]], org_id: UUID) -> list[list[Any]]:
    place = columns.index("org_id")
    return [[org_id if at == place else value for at, value in enumerate(row)] for row in rows]


async def _copy(cursor: psycopg.AsyncCursor, table: str, columns: list[str], rows: list[list[Any]]) -> None:
    # The outbox counts its own position.
    kept = [at for at, name in enumerate(columns) if name != "position" or table != "outbox"]
    names: Mapping[str, sql.Composable] = {
        "table": sql.Identifier(table),
        "columns": sql.SQL(", ").join(sql.Identifier(columns[at]) for at in kept),
    }
    async with cursor.copy(sql.SQL("COPY {table} ({columns}) FROM STDIN").format(**names)) as copy:
        for row in rows:
            await copy.write_row([row[at] for at in kept])


if __name__ == "__main__":
    work(begin)
