"""The settings of the portal: documented, typed, and checked before anything starts."""

from __future__ import annotations

import asyncio
import base64
import os
import sys

import pytest
from msgspec.structs import fields

from chassis.settings import ProcessSettings, documented, load, masked
from portal.config import PortalSettings

KEY, OTHER = (base64.urlsafe_b64encode(letter * 32).decode() for letter in (b"k", b"o"))
SHORT = "c2hvcnQ"
RIGHT = {
    "PORTICO_TLS_CA": "ca.pem",
    "PORTICO_TLS_CERT": "cert.pem",
    "PORTICO_TLS_KEY": "key.pem",
    "PORTICO_IDENTITY_ADDRESS": "localhost:7001",
    "PORTICO_APPLICATIONS_ADDRESS": "localhost:7002",
    "PORTICO_CASEMANAGER_ADDRESS": "localhost:7003",
    "PORTICO_NOTIFICATIONS_ADDRESS": "localhost:7004",
    "PORTICO_PUBLIC_URL": "https://portico.example",
    "PORTICO_COOKIE_KEYS": KEY,
}
OTHERS = {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The right settings and no others."""
    for name in list(os.environ):
        if name.startswith("PORTICO_"):
            monkeypatch.delenv(name)
    for name, value in RIGHT.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


async def run(*words: str, **environment: str) -> tuple[int | None, str, str]:
    """A command of the portal with these settings: its exit code, what it printed, and what it complained of."""
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "portal", *words),
        env={**OTHERS, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, complained = await command.communicate()
    return command.returncode, printed.decode(), complained.decode()


@pytest.fixture
def documented_rows(pytestconfig: pytest.Config) -> list[str]:
    """The rows of the table in the portal's README."""
    readme = pytestconfig.rootpath / "gateway/src/portal/README.md"
    return [line for line in readme.read_text(encoding="utf-8").splitlines() if line.startswith("| `PORTICO_")]


async def test_the_table_is_printed_without_any_setting(documented_rows: list[str]) -> None:
    """OP-03: `python -m portal settings` prints every setting; the README has those of the portal's own."""
    code, printed, _ = await run("settings")

    assert (0, documented(PortalSettings)) == (code, printed)
    assert len(fields(PortalSettings)) - len(fields(ProcessSettings)) == len(documented_rows)
    assert set(documented_rows) < set(printed.splitlines())


async def test_a_wrong_setting_stops_it_before_it_starts() -> None:
    """OP-03: a cookie key that is too short is named without its value, and the process ends with 78."""
    code, printed, complained = await run("serve", **{**RIGHT, "PORTICO_COOKIE_KEYS": f"{KEY},{SHORT}"})

    assert (78, "") == (code, printed)
    assert complained.startswith("PORTICO_COOKIE_KEYS")
    assert "5 bytes, 32 are needed" in complained
    assert [] == [key for key in (KEY, SHORT) if key in complained]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTICO_COOKIE_KEYS", SHORT),
        ("PORTICO_COOKIE_KEYS", "%%%"),
        ("PORTICO_COOKIE_KEYS", ""),
        ("PORTICO_COOKIE_KEYS", f"{KEY},"),
        ("PORTICO_COOKIE_KEYS", None),
        ("PORTICO_PUBLIC_URL", None),
        ("PORTICO_PUBLIC_URL", "portico.example"),
        ("PORTICO_APPLICATIONS_ADDRESS", None),
        ("PORTICO_CASEMANAGER_ADDRESS", None),
        ("PORTICO_NOTIFICATIONS_ADDRESS", None),
        ("PORTICO_IDENTITY_ADDRESS", None),
        ("PORTICO_DRAIN_GRACE", "-1"),
        ("PORTICO_DRAIN_GRACE", "soon"),
    ],
)
def test_a_wrong_setting_names_itself(
    name: str, value: str | None, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """OP-03: what is wrong or missing is named, in one line, and the exit code is 78."""
    if value is None:
        environment.delenv(name)
    else:
        environment.setenv(name, value)

    with pytest.raises(SystemExit) as end:
        load(PortalSettings)

    [line] = capsys.readouterr().err.splitlines()
    assert 78 == end.value.code
    assert line.startswith(f"{name}: ")


def test_keys_are_read_in_their_order(environment: pytest.MonkeyPatch) -> None:
    """OP-10: the first key seals, the others open; none of them is shown."""
    environment.setenv("PORTICO_COOKIE_KEYS", f"{KEY},{OTHER}")
    settings = load(PortalSettings)

    assert (b"k" * 32, b"o" * 32) == settings.cookie_keys.reveal()
    shown = str(masked(settings))
    assert [] == [secret for secret in (KEY, OTHER, "kkkk", "oooo") if secret in shown]


@pytest.mark.parametrize(
    ("public_url", "origin"),
    [
        ("https://portico.example", "https://portico.example"),
        ("https://portico.example/", "https://portico.example"),
        ("https://portico.example/path/", "https://portico.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_the_origin_is_what_browsers_call_it(public_url: str, origin: str, environment: pytest.MonkeyPatch) -> None:
    """GW-07: form posts are compared with scheme, host and port alone."""
    environment.setenv("PORTICO_PUBLIC_URL", public_url)

    assert origin == load(PortalSettings).origin
