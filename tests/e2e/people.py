"""People who use Portico through the gateway, over REST."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

ADMIN_PASSWORD = "nineteen quiet lanterns"
_SPARE = timedelta(minutes=5)
"""Longer than any module keeps an access token."""


@dataclass(eq=False)  # not frozen: Python hangs the traceback on it
class Refused(Exception):
    """An answer that is not what was hoped for, in the one error shape."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def reason(self) -> str:
        return str(self.detail("ErrorInfo")["reason"])

    def detail(self, name: str) -> dict[str, Any]:
        """One of the error's details by the end of its type."""
        return next(detail for detail in self.body["details"] if detail["@type"].endswith(name))

    @property
    def fields(self) -> set[str]:
        """The fields that break a rule."""
        return {violation["field"] for violation in self.detail("BadRequest")["fieldViolations"]}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at the REST API, signed in or not."""

    gateway: str
    language: str = "en"
    tokens: dict[str, Any] = field(default_factory=dict)

    @property
    def access_token(self) -> str:
        """One that is good for minutes; it is refreshed in time, because the whole run takes longer than it lives."""
        expiry = self.tokens.get("accessExpireTime")
        if expiry and datetime.fromisoformat(expiry) < datetime.now(UTC) + _SPARE:
            self.tokens.update(Person(self.gateway).post("/v1/auth/refresh", refreshToken=self.tokens["refreshToken"]))
        return str(self.tokens["accessToken"])

    def __call__(self, method: str, path: str, /, **body: Any) -> dict[str, Any]:
        """The answer's JSON; `Refused` when there is none."""
        headers = {"accept-language": self.language}
        if self.tokens:
            headers["authorization"] = f"Bearer {self.access_token}"
        response = httpx.request(
            method, f"{self.gateway}{path}", headers=headers, json=body or None, timeout=20, trust_env=False
        )
        return _answer(response)

    def upload(self, path: str, content: bytes | Iterable[bytes], /, **said: str) -> dict[str, Any]:
        """Sends a file; what is said of it stands in the query. In parts, it goes without saying how long it is."""
        headers = {"authorization": f"Bearer {self.access_token}", "content-type": "application/octet-stream"}
        url = f"{self.gateway}{path}"
        return _answer(httpx.post(url, params=said, content=content, headers=headers, timeout=60, trust_env=False))

    def download(self, path: str) -> bytes:
        """The bytes of a file; `Refused` when there are none."""
        headers = {"authorization": f"Bearer {self.access_token}"}
        response = httpx.get(f"{self.gateway}{path}", headers=headers, timeout=60, trust_env=False)
        if not response.is_success:
            raise Refused(response.status_code, response.json(), response.headers)
        return response.content

    def get(self, path: str) -> dict[str, Any]:
        return self("GET", path)

    def post(self, path: str, /, **body: Any) -> dict[str, Any]:
        return self("POST", path, **body)

    def signed_in(self, tokens: dict[str, Any]) -> "Person":
        return Person(self.gateway, self.language, tokens)

    def sign_in(self, realm: str, username: str, password: str) -> "Person":
        return self.signed_in(self.post("/v1/auth/login", realm=realm, username=username, password=password)["tokens"])


def _answer(response: httpx.Response) -> dict[str, Any]:
    if not response.is_success:
        raise Refused(response.status_code, response.json(), response.headers)
    answer: dict[str, Any] = response.json()
    return answer


@dataclass(frozen=True, slots=True)
class Agency:
    """An organization, with its first administrator signed in."""

    slug: str
    name: str
    username: str
    admin: Person
