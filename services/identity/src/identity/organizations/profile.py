"""The settings of an organization as somebody writes them, read into their one form."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from chassis.colors import is_color
from chassis.contacts import normalise_email, normalise_office
from chassis.errors import FieldViolation, InvalidArgument
from chassis.text import visible_name
from identity.organizations.domain import MAX_NAME_LENGTH, MAX_SEND_RATE, Organization, with_settings

MAX_HOURS_LENGTH, MAX_WEB_PAGE_LENGTH = 120, 200
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.IGNORECASE)
_ADDRESS = re.compile(r"https://[\w.~:/?#@!$&()*+,;=%-]+", re.ASCII)

_WRONG: Mapping[str, tuple[str, str]] = {
    "name": ("must be 1 to 200 characters, one of them visible, and none that hides", "Escriba un nombre visible."),
    "phone": ("must be a phone number without an extension", "No es un número de teléfono."),
    "email": ("must be an email address", "No es un correo electrónico."),
    "hours": ("must be one line of at most 120 characters", "Escriba una sola línea de hasta 120 caracteres."),
    "web_page": ("must be an address that begins with https://", "Escriba una dirección que empiece con https://."),
    "color": ("must be a color like #14603a", "Escriba un color como #14603a."),
    "send_rate_per_minute": ("must be a number from 1 to 60000", "Escriba un número de 1 a 60000."),
    "listed": ("must be true or false", "Elija sí o no."),
}
"""What each must be, in English and Spanish."""
_FLAGS = {"true": True, "false": False}
_REQUIRED = {"name", "send_rate_per_minute", "listed"}


def change_settings(organization: Organization, written: Mapping[str, str], _: datetime) -> Organization:
    """The organization with what is written; all but the name, the rate and `listed` may be empty.

    Raises InvalidArgument with every field that is wrong.
    """
    readers: Mapping[str, Callable[[str], str | int | bool]] = {
        "name": partial(_line, max_length=MAX_NAME_LENGTH),
        "phone": partial(normalise_office, country=organization.country),
        "email": normalise_email,
        "hours": partial(_line, max_length=MAX_HOURS_LENGTH),
        "web_page": _web_page,
        "color": _color,
        "send_rate_per_minute": _send_rate,
        "listed": _flag,
    }
    read: dict[str, str | int | bool] = {}
    violations = []
    for name, text in written.items():
        try:
            read[name] = readers[name](text) if text.strip() or name in _REQUIRED else ""
        except ValueError:
            english, spanish = _WRONG[name]
            violations.append(
                FieldViolation(
                    field=f"organization.{name}",
                    reason=f"{name.upper()}_INVALID",
                    description=english,
                    localized={"es": spanish},
                )
            )
    if violations:
        raise InvalidArgument(violations=violations)
    return with_settings(organization, read)


def _line(written: str, *, max_length: int) -> str:
    line = visible_name(written)
    if len(line) > max_length:
        raise ValueError(f"longer than {max_length} characters")
    return line


def _web_page(written: str) -> str:
    address = written.strip()
    address = address if "://" in address else f"https://{address}"
    parts = urlsplit(address)
    is_plain = parts.username is None and parts.password is None and parts.port in {None, 443}
    if not (is_plain and _ADDRESS.fullmatch(address) and _HOST.fullmatch(parts.hostname or "")):
        raise ValueError("not a web page")
    if len(address) > MAX_WEB_PAGE_LENGTH:
        raise ValueError(f"longer than {MAX_WEB_PAGE_LENGTH} characters")
    return address


def _color(written: str) -> str:
    color = written.strip().lower()
    if not is_color(color):
        raise ValueError("not a colour")
    return color


def _send_rate(written: str) -> int:
    rate = int(written)
    if not 1 <= rate <= MAX_SEND_RATE:
        raise ValueError("out of range")
    return rate


def _flag(written: str) -> bool:
    if written not in _FLAGS:
        raise ValueError("neither true nor false")
    return _FLAGS[written]
