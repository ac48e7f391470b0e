"""The demo organization: everything by the real flows, through the gateway, as people would do it."""

import time
from collections.abc import Mapping
from typing import Any

from local_stack.demo_list import link, load_waiting_list, token_in_link
from local_stack.families import FAMILIES, LINKED_FAMILY, DemoFamily
from local_stack.mail import Inbox
from local_stack.person import SECONDS, DemoFailed, Login, Person, gateway_client
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
PROFILE = {
    "--slug": SLUG,
    "--phone": "(312) 555-0100",
    "--email": "hello@maple.example",
    "--hours": "Mon to Fri, 8 am to 5 pm · Lun a vie, 8 am a 5 pm",
    "--web-page": "https://maple.example/childcare",
    "--color": "#0b5394",
}
COMPANIES = ["Lakeside Family Services", "Prairie Assessments"]
POLL_SECONDS = 0.1


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
    stack.run("identity", "create-organization", *_options(ORGANIZATION), stdin=administrator.password)
    stack.run("identity", "set-organization", *_options(PROFILE))
    staff = anybody.sign_in(administrator)
    if "STAFF" in logins and not anybody.can_sign_in(logins["STAFF"]):
        _activate_staff_member(anybody, staff, logins["STAFF"], stack.inbox)
    # The first one waits until the service knows the organization; the last ones stand on the first page of the list.
    _submit(staff, FAMILIES[0])
    load_waiting_list(anybody, staff, stack.inbox if "FAMILY" in logins else None)
    linked = _submit(staff, LINKED_FAMILY)["id"]
    if "FAMILY" in logins and staff.get(f"/v1/applications/{linked}")["guardians"][0]["linkState"] != "LINKED":
        link(anybody, logins["FAMILY"], stack.inbox)
    for family in FAMILIES:
        _submit(staff, family)
    for name in COMPANIES:
        staff.post_once("/v1/companies", {"name": name}, name=name)


def _options(given: Mapping[str, str]) -> list[str]:
    return [word for option in given.items() for word in option]


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
    token = token_in_link(inbox, login.username, page="activate")
    anybody.post("/v1/auth/activate", {"token": token, "password": login.password})
