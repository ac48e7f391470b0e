"""Whether a database already has the newest schema, found out without the second that starting Alembic takes."""

import re
from importlib.util import find_spec
from pathlib import Path

import psycopg

from local_stack.postgres import PostgresUrl

REVISION = re.compile(r"""^(?P<name>(?:down_)?revision)\b[^=]*=\s*["'](?P<id>[^"']+)["']""", re.MULTILINE)


def is_current(database: PostgresUrl, *, service: str) -> bool:
    """Whether the newest revisions among the service's files are the ones that the database names.

    When in doubt the answer is no: migrating once more does no harm.
    """
    try:
        with psycopg.connect(str(database)) as connection:
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except psycopg.errors.UndefinedTable:
        return False
    return {row[0] for row in rows} == newest_revisions(service)


def newest_revisions(service: str) -> set[str]:
    """The revisions in `<service>/migrations/versions` that no other one follows."""
    spec = find_spec(service)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{service} is not installed.")
    found: dict[str, set[str]] = {"revision": set(), "down_revision": set()}
    for file in (Path(spec.origin).parent / "migrations" / "versions").glob("*.py"):
        for match in REVISION.finditer(file.read_text(encoding="utf-8")):
            found[match["name"]].add(match["id"])
    return found["revision"] - found["down_revision"]
