"""Codes that open nothing any more, and the way on."""

from __future__ import annotations

import pytest

from .neighbours import Neighbours, refusal
from .people import Browser

PHONE, CODE, NUMBER = "+12025550123", "0123456789", "A-000007"


@pytest.mark.parametrize("reason", ["RESET_TOKEN_INVALID", "RESET_TOKEN_EXPIRED"])
@pytest.mark.parametrize("realm", ["/family", "/o/sunrise"])
async def test_a_dead_reset_code_has_a_way_on(
    realm: str, reason: str, anybody: Browser, neighbours: Neighbours
) -> None:
    """CASE-U8, ID-07: one press sends another code to the same phone, and the form for it is there."""
    neighbours.answers["ResetPassword"] = refusal(reason)
    page = await anybody.get(f"{realm}/reset")
    assert "Send me a new one" not in page.buttons()
    page = await anybody.press(
        page, "Set the new password", username=PHONE, code="0000-0000", new_password="four words"
    )

    page = await anybody.press(page, "Send me a new one")

    request = neighbours.only("ForgotPassword")
    assert (realm.rpartition("/")[2], PHONE) == (request.realm, request.username)
    assert "an SMS with a code is on its way. The code is valid for 1 hour." in page.text
    assert PHONE == page.main.one("input", id="username")["value"]
    assert "Send me a new one" not in page.buttons()


async def test_a_weak_password_is_no_dead_code(anybody: Browser, neighbours: Neighbours) -> None:
    """CASE-U8: whose code is right is not led away from it."""
    neighbours.answers["ResetPassword"] = refusal("PASSWORD_WEAK")
    page = await anybody.get("/family/reset")
    page = await anybody.press(page, "Set the new password", username=PHONE, code="0000-0000", new_password="short")
    assert "Send me a new one" not in page.buttons()


async def test_a_dead_invitation_code_has_a_way_on(anybody: Browser, neighbours: Neighbours) -> None:
    """CASE-U8, AP-10: one press asks for a new invitation, which goes to where the last one went."""
    neighbours.answers |= {
        "CheckInvitation": refusal("CODE_BLOCKED"),
    }
    page = await anybody.press(await anybody.get("/link"), "Go on", code=CODE, application_number=NUMBER)
    assert page.problem.startswith("This code was tried too often and no longer works.")

    page = await anybody.press(page, "Send me a new one")

    typed = neighbours.only("ResendInvitation").proof.typed
    assert (CODE, NUMBER) == (typed.code, typed.application_number)
    assert (200, "Check your messages") == (page.status, page.heading)
    assert "If a new invitation can be sent, it is on its way to where the last one went." in page.text


async def test_a_wrong_code_is_no_dead_one(anybody: Browser, neighbours: Neighbours) -> None:
    """CASE-U8: who mistyped is asked to look again, not to ask for a new one."""
    neighbours.answers["CheckInvitation"] = refusal("NUMBER_MISMATCH")
    page = await anybody.press(await anybody.get("/link"), "Go on", code=CODE, application_number=NUMBER)
    assert "Send me a new one" not in page.buttons()


async def test_who_asks_too_often_with_a_dead_code_reads_so(anybody: Browser, neighbours: Neighbours) -> None:
    """CASE-U8, AP-10: a refusal of the new one is said in the form."""
    neighbours.answers |= {"CheckInvitation": refusal("CODE_BLOCKED"), "ResendInvitation": refusal("TOO_MANY_CODES")}
    page = await anybody.press(await anybody.get("/link"), "Go on", code=CODE, application_number=NUMBER)
    page = await anybody.press(page, "Send me a new one")
    assert page.problem.startswith("This code and number did not open anything.")
