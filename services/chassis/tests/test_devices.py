"""What a person calls a device."""

import pytest

from chassis.devices import KINDS, device_of

CHROME = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"
SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0"


@pytest.mark.parametrize(
    ("user_agent", "kind", "name"),
    [
        (CHROME, "PHONE", "Chrome, Android 15"),
        (CHROME.replace("Android 15", "Android 10; K"), "PHONE", "Chrome, Android 10"),
        (CHROME.replace("Android 15", "Android 14; SM-S921B Build/UP1A"), "PHONE", "Chrome, Android 14, SM-S921B"),
        (CHROME.replace("Android 15", "Android 14; Pixel 9"), "PHONE", "Chrome, Android 14, Pixel 9"),
        (CHROME.replace(" Mobile", ""), "TABLET", "Chrome, Android 15"),
        ("Mozilla/5.0 (Android 14; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0", "PHONE", "Firefox, Android 14"),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) {SAFARI} Safari/604.1",
            "PHONE",
            "Safari, iPhone, iOS 18",
        ),
        (f"Mozilla/5.0 (iPad; CPU OS 17_2 like Mac OS X) {SAFARI} Safari/604.1", "TABLET", "Safari, iPad, iPadOS 17"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {SAFARI} Safari/605.1.15", "COMPUTER", "Safari, Mac"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", "COMPUTER", "Firefox, Linux"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/140.0 Safari/537.36", "COMPUTER", "Chrome, ChromeOS"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "COMPUTER", "Edge, Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 OPR/124.0", "COMPUTER", "Opera, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) CriOS/140.0", "PHONE", "Chrome, iPhone, iOS 19"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) FxiOS/143.0", "PHONE", "Firefox, iPhone, iOS 19"),
        ("python-httpx/0.28.1", "PROGRAM", "python-httpx"),
        ("curl/8.5.0", "PROGRAM", "curl"),
        ("Apache-HttpClient/4.5 (Java/17)", "PROGRAM", "Apache-HttpClient"),
        ("x" * 200, "PROGRAM", "x" * 80),
        ("<odd>" * 40, "PROGRAM", "<odd>" * 16),
        ("Mozilla/5.0", "", ""),
        ("", "", ""),
    ],
)
def test_a_device_has_a_name_that_people_know(user_agent: str, kind: str, name: str) -> None:
    """CASE-U24, PO-03, ID-06: what it is, its browser and system, and the model where it is told; a program is one."""
    device = device_of(user_agent)
    assert (kind, name) == (device.kind, device.name)
    assert kind in KINDS


@pytest.mark.parametrize(
    "user_agent",
    ["Mozilla/5.0 (Linux; Android 15; call 900 555 0100) Chrome/140.0 Mobile", "call-900-555-0100/1.0", "call us", ""],
)
def test_browser_and_system_are_our_own_words(user_agent: str) -> None:
    """ID-16: what whoever calls has written stands in the name alone, so that a message can do without it."""
    device = device_of(user_agent)
    assert "call" not in device.browser + device.system
    assert ("Chrome", "Android") == (device.browser, device.system) or device.kind in {"PROGRAM", ""}
