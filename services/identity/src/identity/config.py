"""The settings of identity; those that every service has are in `chassis.settings`."""

from pathlib import Path
from typing import Annotated, Self

from msgspec import Meta

from chassis.settings import BaseUrl, Secret, SecretKey, Settings
from identity.sessions.tokens import SigningKey, read_signing_keys


class SigningKeys(Secret[tuple[SigningKey, ...]]):
    """The keys in a file; shows itself as its path."""

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        super().__init__(read_signing_keys(Path(path)))
        self._path = path

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads the file; `ValueError` when it holds no such keys."""
        return cls(text)

    def __repr__(self) -> str:
        return self._path


class IdentitySettings(Settings, frozen=True, kw_only=True):
    """What identity needs beside the common settings."""

    public_url: Annotated[BaseUrl, Meta(description="Where people reach Portico; links in messages begin with it.")]
    signing_keys: Annotated[
        SigningKeys,
        Meta(
            description="File with a private JWK set of Ed25519 keys: the first signs access tokens, all verify them."
        ),
    ]
    applications_address: Annotated[
        str, Meta(description="Host and port of applications, which knows what only a family does.")
    ]
    sealing_public_key: Annotated[SecretKey, Meta(description="Seals links and codes on their way to notifications.")]
    password_min_length: Annotated[int, Meta(ge=8, le=64, description="Fewest characters of a password.")] = 12
    password_max_length: Annotated[int, Meta(ge=64, le=128, description="Most characters of a password.")] = 128
    password_memory: Annotated[
        int, Meta(ge=8, description="KiB that Argon2id fills for one password (OWASP minimum).")
    ] = 19_456
    password_passes: Annotated[
        int, Meta(ge=1, description="How often Argon2id passes over the memory (OWASP minimum).")
    ] = 2
    password_lanes: Annotated[int, Meta(ge=1, description="Lanes of Argon2id.")] = 1
    password_threads: Annotated[
        int,
        Meta(ge=0, description="Passwords that are hashed at once, each on a core of its own; 0: one for each core."),
    ] = 0
    password_queue: Annotated[
        int, Meta(ge=1, description="Passwords that wait for a thread; more are refused for a moment.")
    ] = 64
