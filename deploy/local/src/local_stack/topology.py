"""Which services exist, and what each of them finds around itself: the one place that says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_stack.certificates import Certificate
from local_stack.postgres import Postgres, ServicePasswords
from local_stack.secrets import DevelopmentSecrets
from local_stack.sms import SmsAccount

GATEWAY, PORTAL = "gateway", "portal"
EDGE = "edge"
"""Who a client of the gateway sees, where that speaks TLS; to the services it is GATEWAY."""
# Each service with the streams that it keeps.
SERVICES: Mapping[str, tuple[str, ...]] = {
    "identity": ("IDENTITY", "REVOCATIONS"),
    "applications": ("APPLICATIONS",),
    "notifications": ("NOTIFICATIONS",),
    "casemanager": ("CASEMANAGER",),
}
UNBOUND = 1000
"""The factor with which no test meets the bounds of anonymous calls."""
MAIL_FROM = "no-reply@portico.example"
# Twilio's own number for tests: https://www.twilio.com/docs/iam/test-credentials
SMS_FROM = "+15005550006"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where everything is. Addresses are `host:port` by service, and the portal's; `nats_urls` are by service too."""

    secrets: DevelopmentSecrets
    certificates: Mapping[str, Certificate]
    postgres: Postgres
    nats_urls: Mapping[str, str]
    addresses: Mapping[str, str]
    public_url: str
    smtp_url: str
    sms: SmsAccount
    data: Path
    """Where the stack keeps everything."""
    scanner_url: str
    blob_url: str
    """Where files of people are kept."""
    otlp_endpoint: str
    bounds_callers: bool
    """Whether one address is held to what it may do; tests do a day's work in a minute, all from one."""

    def database_passwords(self, service: str) -> ServicePasswords:
        """Of a service's two roles."""
        return ServicePasswords(
            owner=self.secrets.password(f"postgres/{service}/owner"),
            runtime=self.secrets.password(f"postgres/{service}/runtime"),
        )

    def environment(self, member: str) -> dict[str, str]:
        """The settings with which a service, or the portal, runs."""
        certificate = self.certificates[member]
        common = {
            "LISTEN": self.addresses[member],
            "TLS_CA": str(certificate.authority),
            "TLS_CERT": str(certificate.certificate),
            "TLS_KEY": str(certificate.key),
            "IDENTITY_ADDRESS": self.addresses["identity"],
            "PUBLIC_URL": self.public_url,
            "OTLP_ENDPOINT": self.otlp_endpoint,
        }
        stores = {} if member == PORTAL else self._stores(member)
        return {f"PORTICO_{name}": value for name, value in {**common, **stores, **self._own(member)}.items()}

    def owner_environment(self, service: str) -> dict[str, str]:
        """The settings with which its migrations run: the same, and the role that may change the schema."""
        owner = self.postgres.url(service, f"{service}_owner", self.database_passwords(service).owner)
        return {**self.environment(service), "PORTICO_DATABASE_OWNER_URL": str(owner)}

    def _stores(self, service: str) -> dict[str, str]:
        runtime = self.database_passwords(service).runtime
        return {
            "DATABASE_URL": str(self.postgres.url(service, service, runtime)),
            "NATS_URL": self.nats_urls[service],
            "HASH_KEY": self.secrets.key(f"hash/{service}"),
            "ANONYMOUS_BOUND_FACTOR": "1" if self.bounds_callers else str(UNBOUND),
        }

    def _own(self, member: str) -> dict[str, str]:
        sealing = self.secrets.sealing_keys()
        match member:
            case "portal":
                return {
                    "APPLICATIONS_ADDRESS": self.addresses["applications"],
                    "CASEMANAGER_ADDRESS": self.addresses["casemanager"],
                    "NOTIFICATIONS_ADDRESS": self.addresses["notifications"],
                    "COOKIE_KEYS": self.secrets.key("cookie/portal"),
                    "SHOWS_PATTERNS": "true",
                }
            case "identity":
                return {
                    "APPLICATIONS_ADDRESS": self.addresses["applications"],
                    "SIGNING_KEYS": str(self.secrets.signing_keys()),
                    "SEALING_PUBLIC_KEY": sealing.public,
                }
            case "applications":
                return {
                    "NOTIFICATIONS_ADDRESS": self.addresses["notifications"],
                    "SEALING_PUBLIC_KEY": sealing.public,
                }
            case "notifications":
                return {
                    "SEALING_PRIVATE_KEY": sealing.private,
                    "SMTP_URL": self.smtp_url,
                    "SMS_URL": self.sms.url,
                    "SMS_ACCOUNT": self.sms.account,
                    "SMS_TOKEN": self.sms.token,
                    "MAIL_FROM": MAIL_FROM,
                    "SMS_FROM": SMS_FROM,
                }
            case _:
                return {
                    "SEALING_PUBLIC_KEY": sealing.public,
                    "BLOB_URL": self.blob_url,
                    "SCANNER_URL": self.scanner_url,
                }
