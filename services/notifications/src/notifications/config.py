"""The settings of notifications; those that every service has are in `chassis.settings`."""

from typing import Annotated, Self

from msgspec import Meta

from chassis.settings import BaseUrl, Secret, SecretKey, SecretText, Settings
from notifications.providers.smtp import SmtpUrl


class SmtpAddress(Secret[SmtpUrl]):
    """Where the SMTP server is, and the login there."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads the address; `ValueError` when it is invalid."""
        return cls(SmtpUrl.parse(text))


class NotificationsSettings(Settings, frozen=True, kw_only=True):
    """What notifications needs beside the common settings."""

    public_url: Annotated[BaseUrl, Meta(description="Where people reach Portico; a link in a message must lead there.")]
    sealing_private_key: Annotated[SecretKey, Meta(description="Opens the links and codes that other services sealed.")]
    smtp_url: Annotated[
        SmtpAddress,
        Meta(
            description="`smtp://`, `smtp+starttls://` or `smtps://`, with `user:password@` where the server "
            "asks for it."
        ),
    ]
    mail_from: Annotated[str, Meta(pattern=r"^[\w.+-]+@[\w.-]+$", description="Address that emails come from.")]
    mail_connections: Annotated[int, Meta(ge=1, le=100, description="Connections to the SMTP server, kept open.")] = 8
    sms_url: Annotated[BaseUrl, Meta(description="Base URL of an API like Twilio's: `https://api.twilio.com`.")]
    sms_account: Annotated[str, Meta(description="Account at the SMS provider.")]
    sms_token: Annotated[SecretText, Meta(description="Password of the account at the SMS provider.")]
    sms_from: Annotated[str, Meta(description="Number that SMS come from, in E.164, or the sender's name.")]
    sms_regions: Annotated[
        str,
        Meta(
            pattern=r"^([A-Z]{2}( [A-Z]{2})*)?$",
            description="Countries (`US PR CA`) that every organization may text to, beside its own.",
        ),
    ] = ""
    sms_connections: Annotated[int, Meta(ge=1, le=100, description="Requests to the SMS provider at once.")] = 4
