"""Beside P-09: Django's `authenticate` and `login` with the same Argon2 parameters.

An account is found, its password verified, its last login noted, and a session stored in PostgreSQL; there is no HTTP
around it. One process for each core is its best.
"""

# mypy: disable-error-code="import-untyped, misc"
# It ships no types.

import asyncio
import random
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher, make_password

from tests.load.beside.django_project import set_up
from tests.load.workers import work

ACCOUNTS = 200
_APPS = ("django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions")


class Hasher(Argon2PasswordHasher):
    """Django's own, with parameters that `begin` sets."""


@asynccontextmanager
async def begin(
    *, database_url: str, memory: int, passes: int, lanes: int, password: str, makes_accounts: bool
) -> AsyncIterator[tuple[object, Any]]:
    """A question says for how long; the answer, how many logins in how many seconds."""
    Hasher.memory_cost, Hasher.time_cost, Hasher.parallelism = memory, passes, lanes
    set_up(database_url, _APPS, PASSWORD_HASHERS=[f"{__name__}.Hasher"])
    # Django wants no event loop around its queries, and keeps a connection for each thread.
    with ThreadPoolExecutor(1) as thread:
        loop = asyncio.get_running_loop()
        if makes_accounts:
            await loop.run_in_executor(thread, _make_accounts, password)

        async def answer(*, seconds: float) -> object:
            return await loop.run_in_executor(thread, _log_in, password, seconds)

        yield {}, answer


def _make_accounts(password: str) -> None:
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    hashed = make_password(password)
    User.objects.bulk_create(User(username=f"staff-{number}", password=hashed) for number in range(ACCOUNTS))


def _log_in(password: str, seconds: float) -> dict[str, float]:
    from django.contrib.auth import authenticate, login
    from django.contrib.sessions.backends.db import SessionStore
    from django.http import HttpRequest

    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        request = HttpRequest()
        request.session = SessionStore()
        user = authenticate(request, username=f"staff-{random.randrange(ACCOUNTS)}", password=password)
        assert user is not None
        login(request, user)
        request.session.save()
        count += 1
    return {"operations": count, "seconds": time.perf_counter() - started}


if __name__ == "__main__":
    work(begin)
