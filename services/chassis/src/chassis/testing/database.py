"""Migrated databases for the workers of a test run: migrated once, then copied."""

import secrets
from dataclasses import dataclass

import psycopg
from psycopg import sql

from chassis.migrations import migrate
from local_stack.postgres import Postgres, PostgresUrl, ServicePasswords, create_service_database

_PASSWORDS = ServicePasswords(owner="owner", runtime="runtime")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseUrls:
    """Where a copy of a service's database is, for its two roles."""

    runtime: str
    owner: str


def migrated_copy(admin: str, service: str, migrations: str) -> DatabaseUrls:
    """A new copy of the service's migrated database.

    `migrations` is the package of its migrations; `admin` is the superuser's URL.
    """
    server = Postgres(admin=PostgresUrl.parse(admin))
    owner = f"{service}_owner"
    copy = f"{service}_{secrets.token_hex(8)}"
    with psycopg.connect(admin, autocommit=True) as connection:
        # A database is copied only while nobody is connected to it, so the workers take turns.
        connection.execute("SELECT pg_advisory_lock(hashtext('migrated_copy'))")
        create_service_database(server, service, _PASSWORDS)
        migrate(str(server.url(service, owner, _PASSWORDS.owner)), migrations)
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                sql.Identifier(copy), sql.Identifier(service), sql.Identifier(owner)
            )
        )
    return DatabaseUrls(
        runtime=str(server.url(copy, service, _PASSWORDS.runtime)), owner=str(server.url(copy, owner, _PASSWORDS.owner))
    )
