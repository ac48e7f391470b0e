"""Components that somebody else operates, in place of the stack's own.

| variable | in place of | looks like |
|---|---|---|
| `PORTICO_STACK_POSTGRES_URL` | PostgreSQL | `postgresql://superuser:password@host:5432/postgres` |
| `PORTICO_STACK_NATS_URL` | NATS | `nats://user:password@host:4222`; one user for every service |
| `PORTICO_STACK_SMTP_URL` | the mail server and its inbox | `smtp://user:password@host:25`, as notifications takes it |
| `PORTICO_STACK_SMS_URL` | the SMS sink | `https://account:token@api.twilio.com` |
| `PORTICO_SCANNER_URL` | the test scanner | `tcp://host:3310`, as casemanager takes it |
| `PORTICO_BLOB_URL` | the folder for files | `s3`, for a SeaweedFS of the stack's; or as casemanager takes it |
| `PORTICO_STACK_OTLP_ENDPOINT` | nothing: who collects traces, metrics and logs | `http://127.0.0.1:4318`, OTLP/HTTP |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from local_stack.postgres import Postgres, PostgresUrl
from local_stack.sms import SmsAccount

OWN_S3 = "s3"


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """What is there already; None: the stack starts its own."""

    postgres: Postgres | None = None
    nats_url: str | None = None
    smtp_url: str | None = None
    sms: SmsAccount | None = None
    scanner_url: str | None = None
    blob_url: str | None = None
    """Where files are kept; OWN_S3: in an S3 that the stack starts."""
    otlp_endpoint: str = ""
    """Empty: nobody is told anything."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "External":
        """Read the variables above; ValueError names the one that is wrong."""
        postgres_url = environment.get("PORTICO_STACK_POSTGRES_URL")
        sms_url = environment.get("PORTICO_STACK_SMS_URL")
        return cls(
            postgres=_postgres(postgres_url) if postgres_url else None,
            nats_url=environment.get("PORTICO_STACK_NATS_URL") or None,
            smtp_url=environment.get("PORTICO_STACK_SMTP_URL") or None,
            sms=_sms_account(sms_url) if sms_url else None,
            scanner_url=environment.get("PORTICO_SCANNER_URL") or None,
            blob_url=environment.get("PORTICO_BLOB_URL") or None,
            otlp_endpoint=environment.get("PORTICO_STACK_OTLP_ENDPOINT", ""),
        )


def _postgres(url: str) -> Postgres:
    try:
        return Postgres(PostgresUrl.parse(url))
    except ValueError:
        raise ValueError(
            "PORTICO_STACK_POSTGRES_URL looks like postgresql://user:password@host:port/database."
        ) from None


def _sms_account(url: str) -> SmsAccount:
    parts = urlsplit(url)
    if not parts.hostname or not parts.username or not parts.password:
        raise ValueError("PORTICO_STACK_SMS_URL looks like https://account:token@api.twilio.com.")
    base = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return SmsAccount(url=base, account=unquote(parts.username), token=unquote(parts.password))
