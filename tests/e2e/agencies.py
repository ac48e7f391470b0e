"""How an organization begins."""

import time
from uuid import uuid4

import pytest

from local_stack.stack import Stack
from tests.e2e.families import Submission
from tests.e2e.people import ADMIN_PASSWORD, Agency, Person, Refused


def founded(stack: Stack, *, country: str = "US") -> Agency:
    """A new organization, made by the bootstrap command; returns when every service knows it."""
    slug = f"agency-{uuid4().hex[:12]}"
    username = f"admin@{slug}.example"
    options = {
        "--slug": slug,
        "--name": f"Agency {slug[-4:]}",
        "--country": country,
        "--time-zone": "America/Chicago",
        "--languages": "en,es",
        "--admin-username": username,
        "--admin-name": "Dana Brooks",
    }
    words = [word for option in options.items() for word in option]
    stack.run("identity", "create-organization", *words, stdin=ADMIN_PASSWORD)
    admin = Person(stack.gateway).sign_in(slug, username, ADMIN_PASSWORD)
    _wait_until_known(admin)
    return Agency(slug=slug, name=options["--name"], username=username, admin=admin)


def _wait_until_known(admin: Person) -> None:
    """Returns when the event about the new organization has reached applications: it then minds the wrong contact."""
    deadline = time.monotonic() + 10
    while True:
        with pytest.raises(Refused) as refused:
            admin.post("/v1/applications", **Submission(email="nobody").body())
        if refused.value.reason == "CONTACT_INVALID":
            return
        assert (refused.value.reason, time.monotonic() < deadline) == ("ORGANIZATION_NOT_FOUND", True)
        time.sleep(0.02)
