"""The settings of the portal; those that every process has are in `chassis.settings`."""

from typing import Annotated, Self

from msgspec import Meta

from chassis.settings import BaseUrl, ProcessSettings, Secret, SecretKey


class CookieKeys(Secret[tuple[bytes, ...]]):
    """Keys with commas between."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads the keys; `ValueError` when one is none."""
        return cls(tuple(SecretKey.parse(key).reveal() for key in text.split(",")))


class PortalSettings(ProcessSettings, frozen=True, kw_only=True):
    """What the portal needs beside the common settings."""

    public_url: Annotated[
        BaseUrl, Meta(description="Where people reach Portico; form posts of other origins are refused.")
    ]
    applications_address: Annotated[str, Meta(description="Host and port of applications.")]
    casemanager_address: Annotated[str, Meta(description="Host and port of casemanager.")]
    notifications_address: Annotated[str, Meta(description="Host and port of notifications.")]
    cookie_keys: Annotated[
        CookieKeys,
        Meta(
            description="Keys of the sign-in cookie, with commas between: the first seals, all open. "
            "32 bytes, base64url."
        ),
    ]
    shows_patterns: Annotated[
        bool, Meta(description="Whether /patterns shows the parts of pages, to whoever builds them.")
    ] = False

    @property
    def origin(self) -> str:
        """`public_url` without a path: what a browser calls the origin."""
        return "/".join(self.public_url.split("/", 3)[:3])
