"""The settings of the portal; those that every process has are in `chassis.settings`."""

from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from chassis.settings import ProcessSettings, SecretKey


def _listed(value: object) -> object:
    return value.split(",") if isinstance(value, str) else value


class PortalSettings(ProcessSettings):
    """What the portal needs beside the common settings."""

    public_url: str = Field(
        pattern="^https?://.", description="Where people reach Portico; form posts of other origins are refused."
    )
    applications_address: str = Field(description="Host and port of applications.")
    cookie_keys: Annotated[tuple[SecretKey, ...], NoDecode, BeforeValidator(_listed)] = Field(
        description="Keys of the sign-in cookie, with commas between: the first seals, all open. 32 bytes, base64url.",
    )

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The bytes of `cookie_keys`."""
        return tuple(key.get_secret_value() for key in self.cookie_keys)

    @property
    def origin(self) -> str:
        """`public_url` without a path: what a browser calls the origin."""
        return "/".join(self.public_url.split("/", 3)[:3])
