"""OP-03: settings are typed, documented and checked before anything starts."""

import base64
import os
from typing import Annotated

import pytest
from msgspec import Meta
from msgspec.structs import fields

from chassis.settings import BaseUrl, Settings, documented, load, masked

KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
RIGHT = {
    "PORTICO_DATABASE_URL": "postgresql://identity:hush@localhost/identity",
    "PORTICO_NATS_URL": "tls://identity:hush@localhost:4222",
    "PORTICO_TLS_CA": "ca.pem",
    "PORTICO_TLS_CERT": "cert.pem",
    "PORTICO_TLS_KEY": "key.pem",
    "PORTICO_HASH_KEY": KEY,
    "PORTICO_IDENTITY_ADDRESS": "localhost:7001",
}


@pytest.fixture
def environment(monkeypatch):
    for name in list(os.environ):
        if name.startswith("PORTICO_"):
            monkeypatch.delenv(name)
    for name, value in RIGHT.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_right_settings(environment):
    """OP-03: keys are read from base64url, the rest has usable defaults."""
    settings = load(Settings)
    assert settings.hash_key.reveal() == b"k" * 32
    assert (settings.max_concurrent_calls, settings.log_level) == (200, "INFO")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTICO_HASH_KEY", "c2hvcnQ"),
        ("PORTICO_HASH_KEY", "%%%"),
        ("PORTICO_MAX_CONCURRENT_CALLS", "0"),
        ("PORTICO_MAX_CONCURRENT_CALLS", "many"),
        ("PORTICO_LOG_LEVEL", "LOUD"),
        ("PORTICO_DATABASE_URL", None),
    ],
)
def test_wrong_setting_names_itself(environment, capsys, name, value):
    """OP-03: a wrong or missing setting is named, its value is not, and the exit code is 78."""
    if value is None:
        environment.delenv(name)
    else:
        environment.setenv(name, value)
    with pytest.raises(SystemExit) as end:
        load(Settings)
    told = capsys.readouterr().err
    assert end.value.code == 78
    assert told.startswith(f"{name}: ")
    assert value is None or value not in told


def test_every_wrong_setting_is_named_at_once(environment, capsys):
    """OP-03: who has three settings wrong is told of three."""
    environment.setenv("PORTICO_TRACE_RATIO", "2")
    environment.setenv("PORTICO_DATABASE_POOL_SIZE", "0")
    environment.delenv("PORTICO_TLS_CA")
    with pytest.raises(SystemExit):
        load(Settings)
    told = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in told] == [
        "PORTICO_TLS_CA",
        "PORTICO_TRACE_RATIO",
        "PORTICO_DATABASE_POOL_SIZE",
    ]


def test_addresses_lose_the_slash_at_their_end():
    """OP-03: others begin with a base address, so that it has no slash at its end; what is no address is refused."""
    assert BaseUrl.parse("https://portico.example/") == "https://portico.example"
    for wrong in ("", "portico.example", "ftp://portico.example", "https://", "https://pórtico.example"):
        with pytest.raises(ValueError, match="not like"):
            BaseUrl.parse(wrong)


def test_an_address_that_fits_into_no_text_message_ends_the_start(environment, capsys):
    """CASE-M2: a public address with which a text message could not be sent ends the start with 78, and says why."""

    class WithAddress(Settings, frozen=True, kw_only=True):
        public_url: Annotated[BaseUrl, Meta(description="Where people reach us.")]

    environment.setenv("PORTICO_PUBLIC_URL", "https://" + "a" * (BaseUrl.MAX_LENGTH - 8) + "/")
    assert BaseUrl.MAX_LENGTH == len(load(WithAddress).public_url)
    environment.setenv("PORTICO_PUBLIC_URL", "https://" + "a" * (BaseUrl.MAX_LENGTH - 7))
    with pytest.raises(SystemExit, match="78"):
        load(WithAddress)
    assert "PORTICO_PUBLIC_URL: 61 characters, 60 are allowed" in capsys.readouterr().err


def test_secrets_are_masked(environment):
    """OP-03: what is logged of the settings shows no secret."""
    shown = str(masked(load(Settings)))
    assert "hush" not in shown
    assert "kkkk" not in shown
    assert "localhost:7001" in shown


def test_every_setting_is_documented():
    """OP-03: the table has a row with a sentence for each setting."""
    rows = documented(Settings).splitlines()[2:]
    assert len(rows) == len(fields(Settings))
    assert all(row.endswith(". |") for row in rows)
