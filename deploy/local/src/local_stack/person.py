"""Somebody at the gateway's REST API, as the demo and the tests of `make run` use it."""

import ssl
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx

SECONDS = 30


class DemoFailed(Exception):
    """A step was refused: which one, and the answer. `reason` is that of the answer's ErrorInfo, or empty."""

    def __init__(self, words: str, *, reason: str = "") -> None:
        super().__init__(words)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Somebody to sign in as."""

    role: str
    realm: str
    username: str
    password: str = field(repr=False)

    def as_json(self) -> dict[str, str]:
        """Its four fields."""
        return asdict(self)


class Person:
    """Somebody at the REST API: signed in with an access token, or (without) anybody."""

    def __init__(self, gateway: httpx.Client, *, access_token: str = "") -> None:
        self._gateway = gateway
        self._headers = {"authorization": f"Bearer {access_token}"} if access_token else {}

    def get(self, path: str) -> dict[str, Any]:
        """Read something."""
        return _accepted(self._gateway.get(path, headers=self._headers))

    def post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Do something."""
        return self._do("POST", path, body)

    def patch(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Change something."""
        return self._do("PATCH", path, body)

    def put(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Set something, whatever it was before."""
        return self._do("PUT", path, body)

    def post_once(self, path: str, body: Mapping[str, object], *, name: str) -> dict[str, Any]:
        """Do something that, under this name, is done once however often it is asked for."""
        return self.post(path, {**body, "requestId": _request_id(name)})

    def upload_once(self, path: str, content: bytes, /, *, name: str, **said: str) -> dict[str, Any]:
        """Send a file, once under this name; what is said of it stands in the query."""
        headers = {**self._headers, "content-type": "application/octet-stream"}
        params = {**said, "requestId": _request_id(name)}
        return self._send("POST", path, params=params, content=content, headers=headers)

    def _do(self, verb: str, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        return self._send(verb, path, json=body, headers=self._headers)

    def _send(self, verb: str, path: str, **how: Any) -> dict[str, Any]:
        """As soon as the gateway, which bounds what one person may do in a second, lets it pass."""
        while True:
            response = self._gateway.request(verb, path, **how)
            if response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
                return _accepted(response)
            time.sleep(float(response.headers["retry-after"]))

    def signed_in(self, tokens: Mapping[str, Any]) -> "Person":
        """The same gateway with what a sign-in answered."""
        return Person(self._gateway, access_token=tokens["accessToken"])

    def sign_in(self, login: Login) -> "Person":
        """With username and password."""
        proof = {"realm": login.realm, "username": login.username, "password": login.password}
        return self.signed_in(self.post("/v1/auth/login", proof)["tokens"])


def gateway_client(url: str, authority: Path | None = None) -> httpx.Client:
    """A client of the gateway, which trusts the stack's authority; a proxy of the environment is not asked."""
    trust = ssl.create_default_context(cafile=authority)
    return httpx.Client(base_url=url, timeout=SECONDS, trust_env=False, verify=trust)


def _request_id(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"https://portico.example/demo/{name}"))


def _accepted(response: httpx.Response) -> dict[str, Any]:
    answer: dict[str, Any] = response.json()
    if response.is_success:
        return answer
    reasons = [detail["reason"] for detail in answer.get("details", []) if "reason" in detail]
    what = f"{response.request.method} {response.request.url.path}"
    raise DemoFailed(f"{what}: {response.status_code} {response.text}", reason=next(iter(reasons), ""))
