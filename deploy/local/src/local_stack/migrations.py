"""What schema a database has, found out without the second that starting Alembic takes."""

import re
from importlib.util import find_spec
from pathlib import Path

import psycopg

from local_stack.postgres import PostgresUrl

REVISION = re.compile(r"""^(?P<name>(?:down_)?revision)\b[^=]*=\s*["'](?P<id>[^"']+)["']""", re.MULTILINE)


class UnknownRevision(Exception):
    """Another version made the database; the message says which service's and at which revision it stands."""


def is_current(database: PostgresUrl, *, service: str) -> bool:
    """Whether the newest revisions among the service's files are the ones that the database names.

    When in doubt the answer is no: migrating once more does no harm. Raises UnknownRevision when no file makes what
    the database names.
    """
    try:
        with psycopg.connect(str(database)) as connection:
            stored = {row[0] for row in connection.execute("SELECT version_num FROM alembic_version")}
    except psycopg.errors.UndefinedTable:
        return False
    made = _revisions(service)
    if unknown := ", ".join(sorted(stored - made["revision"])):
        raise UnknownRevision(f"{service}: the database stands at revision {unknown}, which this version does not know")
    return stored == made["revision"] - made["down_revision"]


def _revisions(service: str) -> dict[str, set[str]]:
    """What the files in `<service>/migrations/versions` call `revision`, and what `down_revision`."""
    spec = find_spec(service)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{service} is not installed.")
    found: dict[str, set[str]] = {"revision": set(), "down_revision": set()}
    for file in (Path(spec.origin).parent / "migrations" / "versions").glob("*.py"):
        for match in REVISION.finditer(file.read_text(encoding="utf-8")):
            found[match["name"]].add(match["id"])
    return found
