"""Families of an organization, who were never invited."""

from collections.abc import Iterable
from uuid import UUID

import psycopg

from chassis.name_search import search_entry

_FILL = (
    (
        "INSERT INTO applications (org_id, id, serial, number, status, children, answers, update_request, create_time,"
        " update_time, version) SELECT %(org)s, ('00000001-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, i,"
        " 'A-' || lpad(i::text, greatest(6, length(i::text)), '0'), 1, '[]', '{}', '',"
        " now() - i * interval '1 minute', now(), 1"
        " FROM generate_series(1, %(rows)s) i"
    ),
    (
        "INSERT INTO guardians (org_id, id, application_id, position, given_name, family_name, email, phone,"
        " preferred_method, language, failure_reason, update_time, version)"
        " SELECT %(org)s, ('00000002-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid,"
        " ('00000001-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 0, 'Ana',"
        " (%(names)s::text[])[1 + i %% cardinality(%(names)s::text[])],"
        " 'family-' || i || '@example.org', '', 1, 'es', '', now(), 1 FROM generate_series(1, %(rows)s) i"
    ),
)
_ENTRIES = (
    "CREATE TEMPORARY TABLE entries (name text PRIMARY KEY, plain text, spellings text, keys text)",
    (
        "INSERT INTO family_names (org_id, guardian_id, application_id, position, plain, spellings, search_keys)"
        " SELECT org_id, id, application_id, position, plain, spellings, string_to_array(keys, ' ')"
        " FROM guardians JOIN entries ON name = family_name WHERE org_id = %(org)s"
    ),
    "DROP TABLE entries",
)
NAMES = [
    begin + end
    for begin in ("Al", "Bar", "Cas", "Del", "Her", "Kow", "Lo", "Mor", "No", "Val")
    for end in ("alska", "becker", "dez", "ena", "mann", "pez", "rera", "sen", "tro", "wak")
]
"""A hundred family names, so that each comes often, as some do."""


def fill(connection: psycopg.Connection, org_id: UUID, rows: int) -> None:
    """So many families, each with an email address of its own; the connection is the owner's."""
    for statement in _FILL:
        connection.execute(statement, {"org": org_id, "rows": rows, "names": NAMES})
    connection.execute("ANALYZE")


def fill_search(connection: psycopg.Connection, org_id: UUID) -> None:
    """What these families are found by when somebody types."""
    create, insert, drop = _ENTRIES
    connection.execute(create)
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO entries VALUES (%s, %s, %s, %s)", _entries(NAMES))
    connection.execute(insert, {"org": org_id})
    connection.execute(drop)
    connection.execute("ANALYZE")


def _entries(names: Iterable[str]) -> Iterable[tuple[str, str, str, str]]:
    for name in names:
        entry = search_entry(name, "Ana", is_first=True)
        yield name, entry.sort_key, entry.spellings, " ".join(entry.keys)
