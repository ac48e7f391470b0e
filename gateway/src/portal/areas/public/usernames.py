"""What a person types to say who they are: an email address, or a phone number as it is written in their country."""

from chassis import contacts
from chassis.errors import FieldViolation, InvalidArgument
from portal.core.context import PageContext
from portal.core.i18n import best_region


def family_username(context: PageContext) -> str:
    """The typed username; a national phone number is read with the browser's region, as families have no country.

    Raises InvalidArgument for a number that cannot be read so: the page asks for its country code.
    """
    typed = context.form["username"]
    is_number = any(map(str.isdecimal, typed)) and "@" not in typed
    if not is_number or typed.startswith("+"):
        return typed
    try:
        return contacts.normalise_phone(typed, country=best_region(context.request.headers.get("accept-language", "")))
    except ValueError:
        wrong = FieldViolation("username", "COUNTRY_CODE_MISSING", "a phone number needs + and its country code.")
        raise InvalidArgument(violations=[wrong]) from None
