"""The settings of identity; those that every service has are in `chassis.settings`."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from chassis.settings import SecretKey, Settings
from identity.tokens import read_signing_keys


def _readable(path: Path) -> Path:
    read_signing_keys(path)
    return path


class IdentitySettings(Settings):
    """What identity needs beside the common settings."""

    public_url: str = Field(description="Where people reach Portico; links in messages begin with it.")
    signing_keys: Annotated[Path, AfterValidator(_readable)] = Field(
        description="File with a private JWK set of Ed25519 keys: the first signs access tokens, all verify them."
    )
    sealing_public_key: SecretKey = Field(description="Seals links and codes on their way to notifications.")
    password_shortest: int = Field(12, ge=8, le=64, description="Fewest characters of a password.")
    password_longest: int = Field(128, ge=64, le=128, description="Most characters of a password.")
    password_memory: int = Field(19_456, ge=8, description="KiB that Argon2id fills for one password (OWASP minimum).")
    password_passes: int = Field(2, ge=1, description="How often Argon2id passes over the memory (OWASP minimum).")
    password_lanes: int = Field(1, ge=1, description="Lanes of Argon2id.")
    password_threads: int = Field(
        0, ge=0, description="Passwords that are hashed at once, each on a core of its own; 0: one for each core."
    )
    password_queue: int = Field(
        64, ge=1, description="Passwords that wait for a thread; more are refused for a moment."
    )
