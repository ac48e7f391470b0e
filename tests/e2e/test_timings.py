"""How long a refusal takes tells no more than its words: nobody learns by it which usernames exist."""

import time
from statistics import median

import httpx
import pytest

from tests.e2e.families import Mailbox, Submission, by_token, fresh_email, join, submit

PEOPLE = 12


@pytest.fixture(scope="module")
def known(stack, agency, anybody):
    """Families with an account."""
    mailboxes = [Mailbox(stack, fresh_email()) for _ in range(PEOPLE)]
    for mailbox in mailboxes:
        submit(agency, Submission(email=mailbox.contact))
        join(anybody, by_token(mailbox.link("i")))
    return [mailbox.contact for mailbox in mailboxes]


def log_in(client, username):
    body = {"realm": "family", "username": username, "password": "four wrong words here"}
    assert 401 == client.post("/v1/auth/login", json=body).status_code


def forget(client, username):
    client.post("/v1/auth/password:forgot", json={"realm": "family", "username": username}).raise_for_status()


def remind(client, username):
    client.post("/v1/organizations:sendMine", json={"email": username}).raise_for_status()


# What is quick is told from noise by more.
@pytest.mark.parametrize(("ask", "times"), [(log_in, 1), (forget, 4), (remind, 4)])
def test_known_and_unknown_usernames_take_as_long(stack, known, ask, times):
    """ID-04, ID-07, CASE-U4: through the gateway, each of both in turn, so that other work delays them alike."""
    seconds: dict[str, list[float]] = {"known": [], "unknown": []}
    # A client of its own for each call, as `Person` has, would take longer than what is measured.
    with httpx.Client(base_url=stack.gateway, trust_env=False) as client:
        for username in known * times:
            for kind, asked in (("known", username), ("unknown", fresh_email())):
                began = time.perf_counter()
                ask(client, asked)
                seconds[kind].append(time.perf_counter() - began)
    assert 0.67 < median(seconds["known"]) / median(seconds["unknown"]) < 1.5, seconds
