"""What a running stack says of itself to another terminal."""

import json
from pathlib import Path

import pytest

from local_stack.look import SUMMARY, NotRunning, said

LOGINS = [
    {"role": "STAFF", "realm": "maple-county", "username": "rosa@maple.example", "password": "a"},
    {"role": "STAFF", "realm": "harbour-assessments", "username": "nina@harbour.example", "password": "b"},
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder on which a stack with two organizations runs."""
    (tmp_path / SUMMARY).write_text(json.dumps({"gateway": "http://127.0.0.1:8080", "logins": LOGINS}), "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "username"),
    [
        ("login.STAFF", "rosa@maple.example"),
        ("login.STAFF@maple-county", "rosa@maple.example"),
        ("login.STAFF@harbour-assessments", "nina@harbour.example"),
    ],
)
def test_a_login_is_found_by_role_and_organization(data: Path, name: str, username: str) -> None:
    """OP-01: without an organization it is the first one with the role; what is said is the body of a sign-in."""
    found = json.loads(said(data, name))
    assert ({"realm", "username", "password"}, username) == (set(found), found["username"])


@pytest.mark.parametrize("name", ["login.FAMILY", "login.STAFF@elsewhere", "login", "inbox"])
def test_what_the_stack_does_not_have_it_does_not_say(data: Path, name: str) -> None:
    """OP-01: an unknown name is refused, and so is every name where nothing runs."""
    with pytest.raises(KeyError):
        said(data, name)
    with pytest.raises(NotRunning):
        said(data / "elsewhere", name)
