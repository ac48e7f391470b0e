from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chassis.errors import InvalidArgument
from chassis.ids import new_id
from identity.organizations.domain import Organization, check_organization, same_organization

SUNRISE = Organization(
    org_id=new_id(),
    slug="sunrise-childcare",
    name="Sunrise Childcare",
    country="US",
    time_zone="America/New_York",
    languages=("en", "es"),
    create_time=datetime(2026, 3, 1, tzinfo=UTC),
    version=1,
)


def _check(organization: Organization) -> None:
    check_organization(
        organization, countries=frozenset({"US", "MX"}), time_zones=frozenset({"America/New_York", "America/Tijuana"})
    )


@pytest.mark.parametrize("slug", ["a", "7", "sunrise-childcare", "x" * 63])
def test_good_organization_passes(slug: str) -> None:
    """ID-01: an organization has a slug, a name, a country, a zone and languages."""
    _check(replace(SUNRISE, slug=slug))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("slug", slug) for slug in ("", "family", "Sunrise", "-a", "a-", "a_b", "x" * 64, "ä")),
        *(("name", name) for name in ("", "  ", "\u200b\u00ad", "Sun\u202erise", "x" * 201)),
        *(("country", country) for country in ("", "us", "XX")),
        *(("time_zone", zone) for zone in ("", "Mars/Olympus")),
        *(("languages", languages) for languages in ((), ("fr",), ("en", "fr"))),
    ],
)
def test_wrong_field_is_named(field: str, value: object) -> None:
    """ID-01: a wrong field of a new organization is named; the slug `family` is reserved for the families' realm."""
    with pytest.raises(InvalidArgument) as refused:
        _check(replace(SUNRISE, **{field: value}))  # type: ignore[arg-type]
    assert [field] == [violation.field for violation in refused.value.violations]


def test_same_organization_is_recognised() -> None:
    """ID-01: creating an organization again is recognised by its words, not by its id or time."""
    repeated = replace(SUNRISE, org_id=new_id(), create_time=datetime(2027, 1, 1, tzinfo=UTC))
    assert same_organization(SUNRISE, repeated)
    for field, value in (("name", "Sunset"), ("country", "MX"), ("time_zone", "UTC"), ("languages", ("en",))):
        assert not same_organization(SUNRISE, replace(repeated, **{field: value}))  # type: ignore[arg-type]
