"""Settings: environment variables, typed, documented, checked before anything starts.

A wrong one names itself and ends the process with 78 (EX_CONFIG). The effective ones are logged once, secrets masked.
msgspec reads them, which takes 1 MB of a process; pydantic took 9.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Generic, Self, TypeVar

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import FieldInfo, fields

from chassis import base64url

S = TypeVar("S", bound=Struct)
V = TypeVar("V")


class Secret(Generic[V]):
    """A value that shows itself as asterisks."""

    __slots__ = ("_value",)

    def __init__(self, value: V) -> None:
        self._value = value

    def reveal(self) -> V:
        """The value itself."""
        return self._value

    def __repr__(self) -> str:
        return "**********"


class SecretText(Secret[str]):
    """A password, or an address with one in it."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """As it is written."""
        return cls(text)


class SecretKey(Secret[bytes]):
    """32 bytes, written as base64url."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads the key; `ValueError` when it is none."""
        try:
            key = base64url.decoded(text)
        except ValueError:
            raise ValueError("not base64url") from None
        if len(key) != 32:
            raise ValueError(f"{len(key)} bytes, 32 are needed")
        return cls(key)


class BaseUrl(str):
    """An http(s) address that others begin with: it has no slash at its end, and fits into an SMS before a token."""

    MAX_LENGTH = 60
    """So long that every text message with a link can be sent; a test of notifications holds it."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads the address; `ValueError` when it is none."""
        if not text.startswith(("http://", "https://")) or text.endswith("://") or not text.isascii():
            raise ValueError("not like https://portico.example")
        address = text.rstrip("/")
        if len(address) > cls.MAX_LENGTH:
            raise ValueError(
                f"{len(address)} characters, {cls.MAX_LENGTH} are allowed: links in text messages begin so"
            )
        return cls(address)


class ProcessSettings(Struct, frozen=True, kw_only=True):
    """What every process needs, with or without a database and a broker."""

    listen: Annotated[str, Meta(description="Address and port of the server; port 0 takes any free one.")] = (
        "127.0.0.1:0"
    )
    tls_ca: Annotated[Path, Meta(description="PEM file of the certificate authority that every service trusts.")]
    tls_cert: Annotated[Path, Meta(description="PEM file of this service's certificate.")]
    tls_key: Annotated[Path, Meta(description="PEM file of the certificate's key.")]
    identity_address: Annotated[
        str, Meta(description="Host and port of identity, for the keys that sign access tokens.")
    ]
    drain_grace: Annotated[
        float, Meta(ge=0, description="Seconds that running calls have to finish after SIGTERM.")
    ] = 10.0
    otlp_endpoint: Annotated[
        str, Meta(description="Base URL of an OTLP/HTTP collector; empty: nothing is exported.")
    ] = ""
    trace_ratio: Annotated[float, Meta(ge=0, le=1, description="Share of traces that start here and are recorded.")] = (
        1.0
    )
    log_level: Annotated[
        str, Meta(pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least severe level to log.")
    ] = "INFO"
    log_format: Annotated[
        str, Meta(pattern="^(json|console)$", description="`json` for machines, `console` for people.")
    ] = "json"


class Settings(ProcessSettings, frozen=True, kw_only=True):
    """What every service needs; a service adds its own in `config.py`."""

    database_url: Annotated[SecretText, Meta(description="PostgreSQL, as the service's runtime role.")]
    database_owner_url: Annotated[
        SecretText | None, Meta(description="PostgreSQL, as the role that owns the tables; only `migrate` uses it.")
    ] = None
    database_pool_size: Annotated[
        int, Meta(ge=1, le=100, description="Connections that one process holds at most.")
    ] = 10
    nats_url: Annotated[SecretText, Meta(description="NATS, with user and password: `tls://user:password@host:4222`.")]
    hash_key: Annotated[SecretKey, Meta(description="Key of the hashes at rest and of page tokens.")]
    access_token_issuer: Annotated[str, Meta(description="Who an access token must come from (`iss`).")] = "portico"  # noqa: S105 no password
    max_concurrent_calls: Annotated[
        int, Meta(ge=1, description="Calls that run at once; more are refused for a moment.")
    ] = 200
    anonymous_bound_factor: Annotated[
        float, Meta(ge=1, description="Times as many anonymous calls of one network as the contract says.")
    ] = 1.0
    default_deadline: Annotated[float, Meta(gt=0, description="Seconds for a call whose caller names no deadline.")] = (
        10.0
    )


def load(settings: type[S]) -> S:
    """Reads the settings from the environment; ends the process with 78 when one is missing or wrong."""
    found, problems = {}, []
    for field in fields(settings):
        variable = _variable(field)
        text = os.environ.get(variable)
        if text is not None:
            try:
                found[field.name] = msgspec.convert(text, field.type, strict=False, dec_hook=_parsed)
            except msgspec.ValidationError as error:
                problems.append(f"{variable}: {error}")
        elif field.required:
            problems.append(f"{variable}: is required")
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        sys.exit(os.EX_CONFIG)
    return settings(**found)


def _parsed(kind: Any, text: str) -> object:
    """For what msgspec does not know: `parse` of the type, which raises `ValueError` without the text in it."""
    return Path(text) if kind is Path else kind.parse(text)


def masked(settings: ProcessSettings) -> dict[str, str]:
    """The effective settings by name, with every secret as asterisks."""
    return {field.name: str(getattr(settings, field.name)) for field in fields(settings)}


def documented(settings: type[Struct]) -> str:
    """The settings as a Markdown table, for a README."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for field in fields(settings):
        default = "required" if field.required else f"`{field.default}`" if field.default not in (None, "") else ""
        (meta,) = field.type.__metadata__
        rows.append(f"| `{_variable(field)}` | {default} | {meta.description} |")
    return "\n".join(rows) + "\n"


def _variable(field: FieldInfo) -> str:
    return f"PORTICO_{field.name.upper()}"
