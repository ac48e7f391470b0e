"""How long a refusal takes tells no more than its words: nobody learns by it which usernames exist."""

import time
from statistics import median

import pytest

from tests.e2e.families import Mailbox, Submission, by_token, fresh_email, join, submit
from tests.e2e.people import Refused

PEOPLE = 12


@pytest.fixture(scope="module")
def known(stack, agency, anybody):
    """Families with an account."""
    mailboxes = [Mailbox(stack, fresh_email()) for _ in range(PEOPLE)]
    for mailbox in mailboxes:
        submit(agency, Submission(email=mailbox.contact))
        join(anybody, by_token(mailbox.link("i")))
    return [mailbox.contact for mailbox in mailboxes]


def log_in(anybody, username):
    with pytest.raises(Refused) as refused:
        anybody.post("/v1/auth/login", realm="family", username=username, password="four wrong words here")
    assert "LOGIN_FAILED" == refused.value.reason


def forget(anybody, username):
    anybody.post("/v1/auth/password:forgot", realm="family", username=username)


@pytest.mark.parametrize("ask", [log_in, forget])
def test_known_and_unknown_usernames_take_as_long(anybody, known, ask):
    """ID-04, ID-07: through the gateway, each of both in turn, so that other work on the machine delays them alike."""
    seconds: dict[str, list[float]] = {"known": [], "unknown": []}
    for username in known:
        for kind, asked in (("known", username), ("unknown", fresh_email())):
            began = time.perf_counter()
            ask(anybody, asked)
            seconds[kind].append(time.perf_counter() - began)
    assert 0.5 < median(seconds["known"]) / median(seconds["unknown"]) < 2, seconds
