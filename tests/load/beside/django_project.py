"""A Django project of the bench: one database, and no more than its apps need."""

# mypy: disable-error-code="import-untyped, misc"
# It ships no types.

from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings


def set_up(database_url: str, apps: Sequence[str], **further: object) -> None:
    """Configures this process; its connections stay open."""
    url = urlsplit(database_url)
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": url.hostname,
        "PORT": url.port,
        "USER": url.username,
        "PASSWORD": unquote(url.password or ""),
        "NAME": url.path.lstrip("/"),
        "CONN_MAX_AGE": None,
    }
    settings.configure(
        DATABASES={"default": database}, INSTALLED_APPS=list(apps), SECRET_KEY="bench", USE_TZ=True, **further
    )
    django.setup()
