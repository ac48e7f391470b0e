"""There is one way to a session."""

import ast
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from chassis.call import Call
from identity.accounts.domain import Method
from identity.resets.usecases.passwords import activate_account
from identity.sessions.usecases import list_my_sessions
from services.identity.tests.world import BETTER, STRANGER, World, an_email

MINTS = ("Session", "deps.signer.access_token")
"""What makes a session, and what its first token."""


def minting() -> Iterator[tuple[str, str]]:
    """Which module of identity calls one of these."""
    folder = Path(str(files("identity")))
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (called := ast.unparse(node.func)) in MINTS:
                yield called, str(path.relative_to(folder))


def test_nothing_else_makes_a_session() -> None:
    """CASE-U18: a session and its tokens are made in one module, which every way in goes through."""
    assert {(called, "sessions/finish.py") for called in MINTS} == set(minting())


@pytest.mark.parametrize("method", Method)
async def test_every_way_in_says_how_the_person_has_proven_to_be_it(world: World, method: Method) -> None:
    """CASE-U18: a password, a first password, a reset and a registration each open one session, and it says so."""
    call: Call
    match method:
        case Method.PASSWORD:
            call = world.call(await world.sign_in())
        case Method.REGISTRATION:
            call = world.call(await world.family(an_email()))
        case Method.ACTIVATION:
            _, token = await world.invited("new@example.org")
            await activate_account(world.deps, STRANGER, token=token, password=BETTER)
            call = world.call(await world.sign_in("new@example.org", BETTER))
        case Method.RESET:
            await world.reset_by_link(await world.reset_token())
            call = world.call(await world.sign_in(password=BETTER))
    sessions = await list_my_sessions(world.deps, call)
    assert method in {session.method for session in sessions}
    assert {STRANGER.caller.address} == {session.address for session in sessions}
