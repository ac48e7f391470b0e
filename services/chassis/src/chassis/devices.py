"""What a person calls a device, read from what it says of itself (its user agent)."""

import re
from dataclasses import dataclass

KINDS = ("PHONE", "TABLET", "COMPUTER", "PROGRAM", "")
"""What a device is; empty: unknown."""
# The order matters: Edge calls itself Chrome too, Chrome Safari, Android Linux, and an iPhone Mac OS X.
_BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "FxiOS/": "Firefox",
    "Firefox/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS": "Mac",
    "Linux": "Linux",
}
_ANDROID = re.compile(r"Android (\d+)[\d.]*(?:; ([^;)]+?))?(?: Build/[^;)]*)?[;)]")
_APPLE = re.compile(r"(?:iPhone )?OS (\d+)_")
_PROGRAM = re.compile(r"([A-Za-z][\w.-]*)(?:/[\w.+-]*)?(?: |$)")
_UNTOLD_MODEL = "K"
"""What Chrome says in place of the model."""


@dataclass(frozen=True, slots=True)
class Device:
    """`kind` is one of `KINDS`; `name` is what tells it from others of its kind: `Chrome, Android 15, Pixel 9`.

    `browser` and `system` are words of our own or empty; in `name` stands what whoever calls has written.
    """

    kind: str
    name: str
    browser: str = ""
    system: str = ""


def device_of(user_agent: str) -> Device:
    """The device; what is no browser is a program and has the name that it gives itself, at most 80 signs.

    >>> device_of("python-httpx/0.28.1")
    Device(kind='PROGRAM', name='python-httpx', browser='', system='')
    """
    if not user_agent:
        return Device("", "")
    if not user_agent.startswith("Mozilla/"):
        named = _PROGRAM.match(user_agent)
        return Device("PROGRAM", (named[1] if named else user_agent)[:80])
    browser = next((name for mark, name in _BROWSERS.items() if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS.items() if mark in user_agent), "")
    name = ", ".join(filter(None, (browser, *_named(user_agent, system))))
    return Device(_kind(user_agent, system), name, browser, system)


def _kind(user_agent: str, system: str) -> str:
    if system == "iPhone" or (system == "Android" and "Mobile" in user_agent):
        return "PHONE"
    if system in {"iPad", "Android"}:
        return "TABLET"
    return "COMPUTER" if system else ""


def _named(user_agent: str, system: str) -> list[str]:
    """The system with its version, and the model where it is told: two phones of a family are seldom the same."""
    if system == "Android" and (said := _ANDROID.search(user_agent)):
        model = said[2] or ""
        return [f"Android {said[1]}", "" if model in {_UNTOLD_MODEL, "Mobile", "Tablet"} else model]
    if system in {"iPhone", "iPad"} and (said := _APPLE.search(user_agent)):
        return [f"{system}, iOS {said[1]}" if system == "iPhone" else f"{system}, iPadOS {said[1]}"]
    return [system]
