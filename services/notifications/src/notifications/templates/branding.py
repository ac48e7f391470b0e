"""What every template can show of the organization that speaks in it, beside its name."""

from collections.abc import Mapping

from chassis.colors import WHITE, legible, on_ground
from chassis.contacts import national
from notifications.shared.domain import Profile
from notifications.templates.presentation import plain

DEFAULT_COLOR = "#14603a"
"""Of an organization that has chosen none, as on its pages."""
CARD = WHITE
"""The ground of an email, on which its button stands."""
COLORS = ("brand_color", "on_brand_color")
"""Always there: the organization's colour, so dark that it stands out from the card, and what can be read on it."""
DETAILS = (
    *("organization_phone", "organization_phone_link", "organization_email", "organization_hours"),
    *("organization_web_page", "organization_web_page_name", "code_address"),
)
"""There when the organization has said so, else empty: a template asks with `{% if organization_phone %}`.

`code_address`, where a code is typed, is always known; an SMS that would be too long leaves it out, and the phone.
"""
_MAX_HOURS_LENGTH = 120

SAMPLE_PROFILE = Profile(
    name="Maple County Childcare",
    phone="+13125550100",
    email="hello@maple.example",
    hours="Mon to Fri, 8 am to 5 pm",
    web_page="https://maple.example/childcare",
    color="#0b5394",
)


def branding(profile: Profile, public_url: str) -> Mapping[str, str]:
    """The values by name; of the details only those that are known."""
    brand = on_ground(legible(profile.color or DEFAULT_COLOR, CARD))
    details = {
        "organization_phone": national(profile.phone) if profile.phone else "",
        "organization_phone_link": profile.phone,
        "organization_email": profile.email,
        "organization_hours": plain(profile.hours, _MAX_HOURS_LENGTH),
        "organization_web_page": profile.web_page,
        "organization_web_page_name": profile.web_page.removeprefix("https://").removesuffix("/"),
        "code_address": f"{public_url.partition('://')[2]}/link",
    }
    known = {name: value for name, value in details.items() if value}
    return {"brand_color": brand.ground, "on_brand_color": brand.text, **known}
