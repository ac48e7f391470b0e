"""How much of a database statements look at."""

from dataclasses import dataclass, field
from typing import Any, cast

import psycopg

from chassis.db import Database


@dataclass
class Reads:
    """Stands where a database is read, and counts the pages that each statement looks at while it runs."""

    database: Database
    pages: list[int] = field(default_factory=list)

    async def all(self, stmt: Any, /, **params: Any) -> Any:
        """The rows of a statement, as a database gives them."""
        await self.count(stmt, **params)
        return await self.database.all(stmt, **params)

    async def count(self, stmt: Any, /, **params: Any) -> None:
        """Runs a statement, and counts its pages."""
        async with await self.database.connect() as connection:
            cursor = psycopg.AsyncRawCursor(connection)
            await cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {stmt.sql}", stmt.values(params))
            ((plan,),) = cast("Any", await cursor.fetchall())
            self.pages.append(plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"])
