"""The demo organizations: everything by the real flows, through the gateway, as people would do it."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local_stack import harbour
from local_stack.demo_list import link, load_waiting_list
from local_stack.families import FAMILIES, LINKED_FAMILY, DemoFamily
from local_stack.organizations import create_organization, let_staff_member_in
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
    """Make each demo organization at the first start, both at once; the logins, at every start.

    What an interrupted start left undone the next one does. Without the stack's own inbox nobody can read the links in
    the messages, so that only the administrators sign in.
    """
    agency, provider = _logins(stack), harbour.logins_of(stack)
    try:
        with gateway_client(stack.gateway, stack.authority) as gateway, ThreadPoolExecutor(1) as beside:
            anybody = Person(gateway)
            other = beside.submit(_once, stack, "demo-provider-loaded", lambda: harbour.load(stack, anybody, provider))
            _once(stack, "demo-loaded", lambda: _load(stack, anybody, agency))
            other.result()
    except TimeoutError as late:
        raise DemoFailed(f"The demo cannot be loaded: {late} `make clean-data` begins anew.") from late
    return [*agency.values(), *provider]


def _once(stack: Stack, name: str, load: Callable[[], None]) -> None:
    """Unless the data folder has a file of this name; then it has."""
    loaded = stack.data / name
    if not loaded.exists():
        load()
        loaded.touch()


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
    create_organization(stack, ORGANIZATION, PROFILE, password=administrator.password)
    staff = anybody.sign_in(administrator)
    if "STAFF" in logins:
        let_staff_member_in(anybody, staff, logins["STAFF"], stack.inbox, name="Rosa Delgado", language="es")
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
