"""The settings of notifications; those that every service has are in `chassis.settings`."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from chassis.settings import SecretKey, Settings
from notifications.providers.smtp import SmtpUrl


def _without_slash(url: str) -> str:
    return url.rstrip("/")


def _checked_smtp_url(url: SecretStr) -> SecretStr:
    SmtpUrl.parse(url.get_secret_value())
    return url


class NotificationsSettings(Settings):
    """What notifications needs beside the common settings."""

    public_url: Annotated[str, AfterValidator(_without_slash)] = Field(
        description="Where people reach Portico; a link in a message must lead there."
    )
    sealing_private_key: SecretKey = Field(description="Opens the links and codes that other services sealed.")
    smtp_url: Annotated[SecretStr, AfterValidator(_checked_smtp_url)] = Field(
        description="`smtp://`, `smtp+starttls://` or `smtps://`, with `user:password@` where the server asks for it."
    )
    mail_from: str = Field(pattern=r"^[\w.+-]+@[\w.-]+$", description="Address that emails come from.")
    mail_connections: int = Field(8, ge=1, le=100, description="Connections to the SMTP server, kept open.")
    sms_url: Annotated[str, AfterValidator(_without_slash)] = Field(
        description="Base URL of an API like Twilio's: `https://api.twilio.com`."
    )
    sms_account: str = Field(description="Account at the SMS provider.")
    sms_token: SecretStr = Field(description="Password of the account at the SMS provider.")
    sms_from: str = Field(description="Number that SMS come from, in E.164, or the sender's name.")
    sms_connections: int = Field(4, ge=1, le=100, description="Requests to the SMS provider at once.")
