"""The settings of applications; those that every service has are in `chassis.settings`."""

from pydantic import Field

from chassis.settings import SecretKey, Settings


class ApplicationsSettings(Settings):
    """What applications needs beside the common settings."""

    public_url: str = Field(description="Where people reach Portico; links in messages begin with it.")
    sealing_public_key: SecretKey = Field(description="Seals links and codes on their way to notifications.")
