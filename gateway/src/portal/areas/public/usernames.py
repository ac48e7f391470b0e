"""What a person types to say who they are: an email address, or a phone number as it is written in their country."""

from contextlib import suppress

from chassis import contacts
from chassis.errors import FieldViolation, InvalidArgument
from portal.core.context import PageContext
from portal.core.i18n import best_region, region_of


def family_username(context: PageContext) -> str:
    """The typed username; a national phone number is read with the browser's region, as families have no country.

    That is where the device's clock is, else what its language says: many an `es-MX` phone lives in Chicago.
    Raises InvalidArgument for a number that cannot be read so: the page asks for its country code.
    """
    typed = context.form["username"]
    is_number = any(map(str.isdecimal, typed)) and "@" not in typed
    if not is_number or typed.startswith("+"):
        return typed
    accepted = context.request.headers.get("accept-language", "")
    for region in (region_of(context.device_zone), best_region(accepted)):
        with suppress(ValueError):
            return contacts.normalise_phone(typed, country=region)
    wrong = FieldViolation("username", "COUNTRY_CODE_MISSING", "a phone number needs + and its country code.")
    raise InvalidArgument(violations=[wrong])
