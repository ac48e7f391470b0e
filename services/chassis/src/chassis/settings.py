"""Settings: environment variables, typed, documented, checked before anything starts.

A wrong one names itself and ends the process with 78 (EX_CONFIG). The effective ones are logged once, secrets masked.
"""

import base64
import binascii
import os
import sys
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field, SecretBytes, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

S = TypeVar("S", bound="ProcessSettings")


def _key(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        decoded = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (binascii.Error, ValueError):
        raise ValueError("not base64url") from None
    if len(decoded) != 32:
        raise ValueError(f"{len(decoded)} bytes, 32 are needed")
    return decoded


SecretKey = Annotated[SecretBytes, BeforeValidator(_key)]
"""32 bytes, written as base64url."""


class ProcessSettings(BaseSettings):
    """What every process needs, with or without a database and a broker."""

    model_config = SettingsConfigDict(env_prefix="PORTICO_", frozen=True, extra="ignore")

    listen: str = Field("127.0.0.1:0", description="Address and port of the server; port 0 takes any free one.")
    tls_ca: Path = Field(description="PEM file of the certificate authority that every service trusts.")
    tls_cert: Path = Field(description="PEM file of this service's certificate.")
    tls_key: Path = Field(description="PEM file of the certificate's key.")
    identity_address: str = Field(description="Host and port of identity, for the keys that sign access tokens.")
    drain_grace: float = Field(10.0, ge=0, description="Seconds that running calls have to finish after SIGTERM.")
    otlp_endpoint: str = Field("", description="Base URL of an OTLP/HTTP collector; empty: nothing is exported.")
    trace_ratio: float = Field(1.0, ge=0, le=1, description="Share of traces that start here and are recorded.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least severe level to log.")
    log_format: str = Field(
        "json", pattern="^(json|console)$", description="`json` for machines, `console` for people."
    )


class Settings(ProcessSettings):
    """What every service needs; a service adds its own in `config.py`."""

    database_url: SecretStr = Field(description="PostgreSQL, as the service's runtime role.")
    database_owner_url: SecretStr | None = Field(
        None, description="PostgreSQL, as the role that owns the tables; only `migrate` uses it."
    )
    database_pool_size: int = Field(10, ge=1, le=100, description="Connections that one process holds at the most.")
    nats_url: SecretStr = Field(description="NATS, with user and password: `tls://user:password@host:4222`.")
    hash_key: SecretKey = Field(description="Key of the hashes at rest and of page tokens.")
    access_token_issuer: str = Field("portico", description="Who an access token must come from (`iss`).")
    max_concurrent_calls: int = Field(200, ge=1, description="Calls that run at once; more are refused for a moment.")
    default_deadline: float = Field(10.0, gt=0, description="Seconds for a call whose caller names no deadline.")


def load(settings: type[S]) -> S:
    """Reads the settings from the environment; ends the process with 78 when one is missing or wrong."""
    try:
        return settings()
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            name = f"PORTICO_{str(problem['loc'][0]).upper()}"
            print(f"{name}: {problem['msg']}", file=sys.stderr)
        sys.exit(os.EX_CONFIG)


def masked(settings: ProcessSettings) -> dict[str, str]:
    """The effective settings by name, with every secret as asterisks."""
    return {name: str(getattr(settings, name)) for name in type(settings).model_fields}


def documented(settings: type[ProcessSettings]) -> str:
    """The settings as a Markdown table, for the service's README."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in settings.model_fields.items():
        default = "required" if field.is_required() else f"`{field.default}`" if field.default not in (None, "") else ""
        rows.append(f"| `PORTICO_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"
