"""The settings of applications; those that every service has are in `chassis.settings`."""

from typing import Annotated

from msgspec import Meta

from chassis.settings import BaseUrl, SecretKey, Settings


class ApplicationsSettings(Settings, frozen=True, kw_only=True):
    """What applications needs beside the common settings."""

    public_url: Annotated[BaseUrl, Meta(description="Where people reach Portico; links in messages begin with it.")]
    notifications_address: Annotated[
        str, Meta(description="Host and port of notifications, which shows what a message will look like.")
    ]
    sealing_public_key: Annotated[SecretKey, Meta(description="Seals links and codes on their way to notifications.")]
