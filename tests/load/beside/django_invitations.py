"""The anchor of P-16: django-invitations, as its README has it, and with one `bulk_create`; no mail leaves.

Its own loop stores an invitation, renders its mail, gives it to Django's dummy backend and notes that it was sent.
`bulk_create` stores invitations with their keys, and no more. There is no HTTP around either.
"""

# mypy: disable-error-code="import-untyped, import-not-found"
# It ships no types, and is there only while it is measured.

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from tests.load.beside.django_project import set_up
from tests.load.workers import work

_APPS = ("django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sites", "invitations")
_TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]


@asynccontextmanager
async def begin(*, database_url: str, packages: str) -> AsyncIterator[tuple[object, Any]]:
    """A question says how many, and whether in bulk; the answer, how many seconds that took."""
    sys.path.append(packages)
    set_up(
        database_url,
        _APPS,
        SITE_ID=1,
        TEMPLATES=_TEMPLATES,
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["*"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    # Django wants no event loop around its queries, and keeps a connection for each thread.
    with ThreadPoolExecutor(1) as thread:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(thread, _prepare)

        async def answer(*, rows: int, is_bulk: bool) -> object:
            return await loop.run_in_executor(thread, _in_bulk if is_bulk else _one_by_one, rows)

        yield {}, answer


def _prepare() -> None:
    from django.core.management import call_command
    from django.urls import include, path

    urlpatterns.append(path("invitations/", include("invitations.urls", namespace="invitations")))
    call_command("migrate", verbosity=0)


urlpatterns: list[Any] = []
"""Where links in the mails lead."""


def _one_by_one(rows: int) -> float:
    from django.http import HttpRequest
    from invitations.models import Invitation

    _forget()
    request = HttpRequest()
    request.META = {"SERVER_NAME": "portico.example", "SERVER_PORT": "80"}
    started = time.perf_counter()
    for number in range(rows):
        Invitation.create(f"family-{number}@example.org").send_invitation(request)
    return time.perf_counter() - started


def _in_bulk(rows: int) -> float:
    from django.utils.crypto import get_random_string
    from invitations.models import Invitation

    _forget()
    started = time.perf_counter()
    Invitation.objects.bulk_create(
        Invitation(email=f"family-{number}@example.org", key=get_random_string(64).lower()) for number in range(rows)
    )
    return time.perf_counter() - started


def _forget() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE invitations_invitation")


if __name__ == "__main__":
    work(begin)
