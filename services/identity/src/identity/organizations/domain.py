"""An organization: the tenant, and the realm that its people sign in to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from chassis.errors import FieldViolation, InvalidArgument
from chassis.text import visible_name

FAMILY_REALM = "family"
"""The realm of all families; the reserved organization has it as its slug."""

LANGUAGES = ("en", "es")

MAX_NAME_LENGTH = 200
PROFILE = ("name", "phone", "email", "hours", "web_page", "color")
"""What an organization shows of itself on pages and in messages."""
OWN_SETTINGS = (*PROFILE, "listed")
"""What its administrators change: its profile, and whether strangers find it by its name."""
SETTINGS = (*OWN_SETTINGS, "send_rate_per_minute")
"""What can be changed of an organization; who runs Portico says how fast it sends."""
DEFAULT_SEND_RATE, MAX_SEND_RATE = 3_000, 60_000
"""Messages in bulk, a minute."""
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Organization:
    """An agency or provider.

    `country` is ISO 3166-1 alpha-2, `time_zone` an IANA zone, `languages` tags of which the first is the default.
    `phone` (E.164), `email`, `hours`, `web_page` (`https://…`) and `color` (`#rrggbb`) are empty when not known.
    `listed`: strangers find it by its name.
    """

    org_id: UUID
    slug: str
    name: str
    country: str
    time_zone: str
    languages: tuple[str, ...]
    create_time: datetime
    version: int
    phone: str = ""
    email: str = ""
    hours: str = ""
    web_page: str = ""
    color: str = ""
    send_rate_per_minute: int = DEFAULT_SEND_RATE
    listed: bool = True


class OrganizationDiffers(Exception):
    """The slug belongs to an organization that was created with other words."""


def is_slug(text: str) -> bool:
    """Whether an organization could have this slug."""
    return _SLUG.fullmatch(text) is not None


def check_organization(organization: Organization, *, countries: frozenset[str], time_zones: frozenset[str]) -> None:
    """Raises `InvalidArgument` with every field that is wrong; what countries and zones there are is handed in."""
    rules = {
        "slug": (
            is_slug(organization.slug) and organization.slug != FAMILY_REALM,
            "1 to 63 of a-z, 0-9 and inner hyphens, and not `family`",
        ),
        "name": (_can_be_seen(organization.name), "1 to 200 characters, one of them visible, and none that hides"),
        "country": (organization.country in countries, "an ISO 3166-1 alpha-2 code like `US`"),
        "time_zone": (organization.time_zone in time_zones, "an IANA zone like `America/New_York`"),
        "languages": (
            bool(organization.languages) and set(organization.languages) <= set(LANGUAGES),
            f"one or more of {', '.join(LANGUAGES)}",
        ),
    }
    broken = [
        FieldViolation(field=name, reason=f"{name.upper()}_INVALID", description=f"must be {wanted}")
        for name, (holds, wanted) in rules.items()
        if not holds
    ]
    if broken:
        raise InvalidArgument(violations=broken)


def _can_be_seen(name: str) -> bool:
    try:
        return len(visible_name(name)) <= MAX_NAME_LENGTH
    except ValueError:
        return False


def with_settings(organization: Organization, settings: Mapping[str, str | int | bool]) -> Organization:
    """The organization with these of `SETTINGS` as they are now."""
    if settings.keys() - {*SETTINGS}:
        raise ValueError(f"no settings: {', '.join(sorted(settings.keys() - {*SETTINGS}))}")
    return replace(organization, version=organization.version + 1, **settings)  # type: ignore[arg-type] # by their names


def same_organization(existing: Organization, asked: Organization) -> bool:
    """Whether creating `asked` again would change nothing."""
    return (existing.slug, existing.name, existing.country, existing.time_zone, existing.languages) == (
        asked.slug,
        asked.name,
        asked.country,
        asked.time_zone,
        asked.languages,
    )
