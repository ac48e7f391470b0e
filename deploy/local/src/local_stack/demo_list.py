"""The demo's waiting list, entered and invited by the calls that staff and families make, a few at a time."""

import re
import time
from typing import Any

from local_stack.hands import each
from local_stack.mail import Inbox, plain_text
from local_stack.person import SECONDS, DemoFailed, Login, Person
from local_stack.waitlist import Waiting, Wish, waiting_list

BATCH_SIZE = 150
PASSWORD = "a quiet morning in may"  # noqa: S105 of families that do not exist
POLL_SECONDS = 0.1


def load_waiting_list(anybody: Person, staff: Person, inbox: Inbox | None) -> None:
    """Enters all, lets some follow their invitation (not without an inbox), and invites others in a batch.

    Each call is done once however often an interrupted start repeats it.
    """
    everybody = list(waiting_list())
    ids = dict(each(lambda one: (one.place, _enter(staff, one)), everybody))
    if inbox is not None:
        linking = [one for one in everybody if one.wish is Wish.LINK]
        each(lambda one: _link_unless_linked(anybody, staff, ids[one.place], one, inbox), linking)
    chosen = [one for one in everybody if one.wish is Wish.ENTER and one.guardian.email.endswith("example.org")]
    _invite(staff, [ids[one.place] for one in chosen[:BATCH_SIZE]])


def link(anybody: Person, login: Login, inbox: Inbox) -> None:
    """What a family does with its invitation: claims it, makes an account, accepts."""
    proof = {"proof": {"token": token_in_link(inbox, login.username, page="i")}}
    ticket = anybody.post("/v1/invitations:claim", proof)["contactTicket"]
    tokens = anybody.post("/v1/auth/register", {"contactTicket": ticket, "password": login.password})["tokens"]
    anybody.signed_in(tokens).post("/v1/invitations:accept", proof)


def token_in_link(inbox: Inbox, recipient: str, *, page: str) -> str:
    """The secret at the end of the link in the newest message."""
    found = re.search(rf"/{page}/([\w-]+)", plain_text(inbox.wait_for_message(recipient, seconds=SECONDS)))
    if found is None:
        raise DemoFailed(f"The message for {recipient} has no link to /{page}/.")
    return found[1]


def _enter(staff: Person, one: Waiting) -> str:
    """The application's id. Who is not to be invited yet gets a contact only after the application is there."""
    asked, later = one.family.as_json(), one.wish is Wish.ENTER
    if later:
        asked["guardians"] = [{**one.guardian.as_json(), "email": "", "phone": ""}]
    name = f"waiting list/{one.place}"
    application = staff.post_once("/v1/applications", asked, name=name)
    if later:
        [guardian] = application["guardians"]
        contact = {"email": one.guardian.email, "phone": one.guardian.phone}
        staff.patch(f"/v1/applications/{application['id']}/guardians/{guardian['id']}", {"guardian": contact})
    return str(application["id"])


def _link_unless_linked(anybody: Person, staff: Person, application_id: str, one: Waiting, inbox: Inbox) -> None:
    if staff.get(f"/v1/applications/{application_id}")["guardians"][0]["linkState"] != "LINKED":
        login = Login(role="FAMILY", realm="family", username=one.guardian.email, password=PASSWORD)
        link(anybody, login, inbox)


def _invite(staff: Person, application_ids: list[str]) -> None:
    """A batch of invitations, previewed and run to its end."""
    selected = {"applications": {"ids": application_ids}, "invite": {"method": "EMAIL"}}
    batch = staff.post_once("/v1/batches", {"displayName": "First of the waiting list", **selected}, name="batch")
    batch = _batch_when(staff, batch, after="PREVIEWING")
    if batch["state"] == "PREVIEWED":
        batch = staff.post_once(f"/v1/batches/{batch['id']}:start", {}, name="batch/start")
    batch = _batch_when(staff, batch, after="RUNNING")
    if batch["state"] != "SUCCEEDED":
        raise DemoFailed(f"The batch of invitations ended as {batch['state']}.")


def _batch_when(staff: Person, batch: dict[str, Any], *, after: str) -> dict[str, Any]:
    """The batch as it is after a state."""
    deadline = time.monotonic() + SECONDS
    while batch["state"] == after:
        if time.monotonic() > deadline:
            raise DemoFailed(f"The batch of invitations was {after} for more than {SECONDS} s.")
        time.sleep(POLL_SECONDS)
        batch = staff.get(f"/v1/batches/{batch['id']}")
    return batch
