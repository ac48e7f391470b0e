"""The settings of casemanager; those that every service has are in `chassis.settings`."""

from typing import Annotated

from msgspec import Meta

from chassis.settings import BaseUrl, SecretKey, Settings


class CaseManagerSettings(Settings, frozen=True, kw_only=True):
    """What casemanager needs beside the common settings."""

    public_url: Annotated[BaseUrl, Meta(description="Where people reach Portico; links in messages begin with it.")]
    sealing_public_key: Annotated[SecretKey, Meta(description="Seals links on their way to notifications.")]
