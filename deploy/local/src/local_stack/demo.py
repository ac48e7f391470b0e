"""The demo organization: everything by the real flows, through the gateway, as people would do it."""

import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx

from local_stack.families import FAMILIES, LINKED_FAMILY, DemoFamily
from local_stack.mail import Inbox, plain_text
from local_stack.stack import Stack

SLUG, FAMILY_REALM = "maple-county", "family"
ADMINISTRATOR, STAFF_MEMBER = "admin@maple.example", "rosa@maple.example"
ORGANIZATION = {
    "--slug": SLUG,
    "--name": "Maple County Childcare",
    "--country": "US",
    "--time-zone": "America/Chicago",
    "--languages": "en,es",
    "--admin-username": ADMINISTRATOR,
    "--admin-name": "Dana Brooks",
}
COMPANIES = ["Lakeside Family Services", "Prairie Assessments"]
SECONDS = 30
POLL_SECONDS = 0.1


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
        return _accepted(self._gateway.post(path, json=body, headers=self._headers))

    def post_once(self, path: str, body: Mapping[str, object], *, name: str) -> dict[str, Any]:
        """Do something that, under this name, is done once however often it is asked for."""
        request_id = str(uuid5(NAMESPACE_URL, f"https://portico.example/demo/{name}"))
        return self.post(path, {**body, "requestId": request_id})

    def signed_in(self, tokens: Mapping[str, Any]) -> "Person":
        """The same gateway with what a sign-in answered."""
        return Person(self._gateway, access_token=tokens["accessToken"])

    def can_sign_in(self, login: Login) -> bool:
        """Whether username and password are good."""
        try:
            self.sign_in(login)
        except DemoFailed as refused:
            if refused.reason != "LOGIN_FAILED":
                raise
            return False
        return True

    def sign_in(self, login: Login) -> "Person":
        """With username and password."""
        proof = {"realm": login.realm, "username": login.username, "password": login.password}
        return self.signed_in(self.post("/v1/auth/login", proof)["tokens"])


def gateway_client(url: str, authority: Path | None = None) -> httpx.Client:
    """A client of the gateway, which trusts the stack's authority; a proxy of the environment is not asked."""
    trust = ssl.create_default_context(cafile=authority)
    return httpx.Client(base_url=url, timeout=SECONDS, trust_env=False, verify=trust)


def load_demo(stack: Stack) -> list[Login]:
    """Make the demo organization at the first start; the logins, at every start.

    What an interrupted start left undone the next one does. Without the stack's own inbox nobody can read the links in
    the messages, so that only the administrator signs in.
    """
    loaded = stack.data / "demo-loaded"
    logins = _logins(stack)
    if not loaded.exists():
        try:
            with gateway_client(stack.gateway, stack.authority) as gateway:
                _load(stack, Person(gateway), logins)
        except TimeoutError as late:
            raise DemoFailed(f"The demo cannot be loaded: {late} `make clean-data` begins anew.") from late
        loaded.touch()
    return list(logins.values())


def _logins(stack: Stack) -> dict[str, Login]:
    accounts = [("STAFF_ADMIN", SLUG, ADMINISTRATOR)]
    if stack.external.smtp_url is None:
        accounts += [("STAFF", SLUG, STAFF_MEMBER), ("FAMILY", FAMILY_REALM, LINKED_FAMILY.guardians[0].email)]
    return {
        role: Login(
            role=role, realm=realm, username=username, password=stack.secrets.typeable_password(f"demo/{role.lower()}")
        )
        for role, realm, username in accounts
    }


def _load(stack: Stack, anybody: Person, logins: Mapping[str, Login]) -> None:
    administrator = logins["STAFF_ADMIN"]
    options = [word for option in ORGANIZATION.items() for word in option]
    stack.run("identity", "create-organization", *options, stdin=administrator.password)
    staff = anybody.sign_in(administrator)
    if "STAFF" in logins and not anybody.can_sign_in(logins["STAFF"]):
        _activate_staff_member(anybody, staff, logins["STAFF"], stack.inbox)
    linked = _submit(staff, LINKED_FAMILY)["id"]
    if "FAMILY" in logins and staff.get(f"/v1/applications/{linked}")["guardians"][0]["linkState"] != "LINKED":
        _link_family(anybody, logins["FAMILY"], stack.inbox)
    for family in FAMILIES:
        _submit(staff, family)
    for name in COMPANIES:
        staff.post_once("/v1/companies", {"name": name}, name=name)


def _submit(staff: Person, family: DemoFamily) -> dict[str, Any]:
    deadline = time.monotonic() + SECONDS
    name = "/".join(f"{guardian.given_name} {guardian.family_name}" for guardian in family.guardians)
    while True:
        try:
            return staff.post_once("/v1/applications", family.as_json(), name=name)
        except DemoFailed as refused:
            # The event that tells applications about the new organization is still on its way.
            if refused.reason != "ORGANIZATION_NOT_FOUND" or time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)


def _activate_staff_member(anybody: Person, administrator: Person, login: Login, inbox: Inbox) -> None:
    account = {"role": "STAFF", "username": login.username, "displayName": "Rosa Delgado", "language": "es"}
    administrator.post_once("/v1/login-users", account, name=login.username)
    token = _token(inbox, login.username, page="activate")
    anybody.post("/v1/auth/activate", {"token": token, "password": login.password})


def _link_family(anybody: Person, login: Login, inbox: Inbox) -> None:
    proof = {"proof": {"token": _token(inbox, login.username, page="i")}}
    ticket = anybody.post("/v1/invitations:claim", proof)["contactTicket"]
    tokens = anybody.post("/v1/auth/register", {"contactTicket": ticket, "password": login.password})["tokens"]
    anybody.signed_in(tokens).post("/v1/invitations:accept", proof)


def _token(inbox: Inbox, recipient: str, *, page: str) -> str:
    """The secret at the end of the link in the newest message."""
    found = re.search(rf"/{page}/([\w-]+)", plain_text(inbox.wait_for_message(recipient, seconds=SECONDS)))
    if found is None:
        raise DemoFailed(f"The message for {recipient} has no link to /{page}/.")
    return found[1]


def _accepted(response: httpx.Response) -> dict[str, Any]:
    answer: dict[str, Any] = response.json()
    if response.is_success:
        return answer
    reasons = [detail["reason"] for detail in answer.get("details", []) if "reason" in detail]
    what = f"{response.request.method} {response.request.url.path}"
    raise DemoFailed(f"{what}: {response.status_code} {response.text}", reason=next(iter(reasons), ""))
