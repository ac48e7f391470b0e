"""Logins of case managers, beside an identity that keeps them."""

import random
from functools import partial
from itertools import permutations

import pytest
from portico.casemanager.v1 import case_manager_logins_pb2
from portico.casemanager.v1.login_offers_pb2 import CheckLoginOfferResponse

from chassis.errors import AlreadyExists, Conflict, Exhausted, NotFound
from chassis.ids import new_id
from identity.resets.usecases.passwords import activate_account
from services.casemanager.tests.offers import NO, YES, answer, check, newest_token, offer
from services.casemanager.tests.world import PASSWORD, STRANGER, World, actions, status, token_in


async def resend(world, person):
    request = case_manager_logins_pb2.ResendCaseManagerActivationRequest(case_manager_id=person.id)
    return await world.stub.ResendCaseManagerActivation(request, metadata=world.staff)


async def reset(world, person):
    request = case_manager_logins_pb2.SendCaseManagerPasswordResetRequest(case_manager_id=person.id)
    return await world.stub.SendCaseManagerPasswordReset(request, metadata=world.staff)


async def test_a_login_is_enabled_and_its_activation_is_on_its_way(world: World) -> None:
    """CM-03: enabling makes the account, and identity sends TEMPLATE_27; twice is as once."""
    person = await world.case_manager(language="es")
    assert ("NONE", ["ENABLE", "OFFER"]) == (status(person), actions(person))
    enabled = await world.enable(person)
    assert ("ACTIVATION_SENT", ["RESEND_ACTIVATION", "DISABLE"]) == (status(enabled), actions(enabled))
    assert enabled.login.username == person.email
    assert not enabled.login.HasField("last_login_time")
    await world.hear()
    assert status(await world.get(person)) == "ACTIVATION_SENT"
    assert (await world.get(person)).login.HasField("activation_expire_time")
    repeated = await world.enable(person)
    assert repeated.login.account_id == enabled.login.account_id
    [mail] = await world.mails()
    assert ("TEMPLATE_27", "es", person.email) == (mail.template, mail.recipient.language, mail.recipient.address)


async def test_a_login_without_an_address(world: World) -> None:
    """CM-03: without an email there is nothing to enable or offer."""
    person = await world.case_manager(email="")
    assert actions(person) == []
    for call in (world.enable, lambda person: offer(world, person)):
        with pytest.raises(Conflict) as refused:
            await call(person)
        assert refused.value.reason == "EMAIL_MISSING"


async def test_an_address_that_another_login_has(world: World) -> None:
    """CM-03: somebody else's address is refused with who has it, and the person stays as they were."""
    first = await world.active()
    await world.update(first, email="new@north.example")
    second = await world.case_manager(email=first.login.username)
    with pytest.raises(AlreadyExists) as refused:
        await world.enable(second)
    assert refused.value.reason == "USERNAME_TAKEN"
    assert {"account_id": first.login.account_id, "case_manager_id": first.id} == refused.value.metadata
    assert status(await world.get(second)) == "NONE"


async def test_disabled_and_enabled(world: World) -> None:
    """CM-03: unticking disables, ticking enables the same account without another activation."""
    person = await world.active()
    off = await world.disable(person)
    assert ("DISABLED", ["ENABLE"]) == (status(off), actions(off))
    await world.hear()
    assert status(await world.get(person)) == "DISABLED"
    assert status(await world.disable(person)) == "DISABLED"
    on = await world.enable(person)
    assert ("ACTIVE", person.login.account_id) == (status(on), on.login.account_id)
    await world.hear()
    assert status(await world.get(person)) == "ACTIVE"
    assert len(await world.mails()) == 1


async def test_a_new_address_is_a_new_login(world: World) -> None:
    """CM-03: another email changes no username; disabled and enabled, the login has the new address."""
    person = await world.active()
    changed = await world.update(person, email="other@north.example")
    assert changed.login.username == person.email != changed.email
    await world.disable(person)
    fresh = await world.enable(person)
    assert ("other@north.example", "ACTIVATION_SENT") == (fresh.login.username, status(fresh))
    assert fresh.login.account_id != person.login.account_id
    await world.hear()
    assert status(await world.get(person)) == "ACTIVATION_SENT"


async def test_disabled_elsewhere(world: World) -> None:
    """CM-05: what Login Users disables is DISABLED here, and enabled from here."""
    person = await world.active()
    await world.disable_elsewhere(person)
    await world.hear()
    assert status(await world.get(person)) == "DISABLED"
    assert status(await world.enable(person)) == "ACTIVE"


async def test_deactivation_takes_the_login_along(world: World) -> None:
    """CM-02: one command takes a person out of service with their login, and one brings both back."""
    person = await world.active()
    out = await world.deactivate(person)
    assert ("DISABLED", [], out.INACTIVE) == (status(out), actions(out), out.account_status)
    with pytest.raises(Conflict) as refused:
        await world.enable(person)
    assert refused.value.reason == "CASE_MANAGER_INACTIVE"
    assert status(await world.activate(person)) == "ACTIVE"


async def test_a_login_that_was_off_stays_off(world: World) -> None:
    """CM-02: whose login was disabled before comes back without it."""
    person = await world.disable(await world.active())
    await world.deactivate(person)
    assert status(await world.activate(person)) == "DISABLED"


async def test_the_activation_is_sent_once_more(world: World) -> None:
    """CM-03: while it waits for its password; then no longer, with what fits."""
    person = await world.enable(await world.case_manager())
    await resend(world, person)
    assert [mail.template for mail in await world.mails()] == ["TEMPLATE_27", "TEMPLATE_27"]
    person = await world.active()
    with pytest.raises(Conflict) as refused:
        await resend(world, person)
    assert ("ACTION_NOT_ALLOWED", "RESET_PASSWORD,DISABLE") == (
        refused.value.reason,
        refused.value.metadata["allowed_actions"],
    )


async def test_a_password_is_reset(world: World) -> None:
    """CM-05: from the profile, in ACTIVE alone; the budget of identity counts."""
    person = await world.enable(await world.case_manager())
    with pytest.raises(Conflict):
        await reset(world, person)
    person = await world.active()
    for _ in range(3):
        await reset(world, person)
    assert (await world.mails())[-1].template == "RESET_PASSWORD"
    with pytest.raises(Exhausted) as refused:
        await reset(world, person)
    assert refused.value.reason == "RESET_LIMIT_REACHED"
    assert refused.value.retry_after is not None


async def test_the_status_is_true_in_any_order(world: World) -> None:
    """CM-05: whatever order identity's events come in, and however often, the status is the latest."""
    person = await world.active()
    await world.disable(person)
    await world.hear(lambda rows: [*reversed(rows), *random.sample(rows, len(rows)), *rows])
    assert status(await world.get(person)) == "DISABLED"
    await world.enable(person)
    for order in permutations((-1, -2, -3)):
        await world.hear(partial(_picked, order))
        assert status(await world.get(person)) == "ACTIVE"


def _picked(order, rows):
    return [rows[place] for place in order]


async def test_an_activation_that_bounced(world: World) -> None:
    """CM-05: the profile shows that the activation did not arrive, and no longer once another one went out."""
    person = await world.enable(await world.case_manager())
    await world.hear()
    [mail] = await world.mails()
    await world.bounce(mail.reference, "550 no such mailbox")
    assert (await world.get(person)).login.message_problem == "550 no such mailbox"
    await resend(world, person)
    await world.hear()
    assert (await world.get(person)).login.message_problem == ""


async def test_an_offer_is_accepted(world: World) -> None:
    """CM-04: a yes is a task for staff, and enabling the login ends it."""
    person = await offer(world, await world.case_manager())
    assert ("OFFERED", ["ENABLE", "OFFER"]) == (status(person), actions(person))
    [mail] = await world.offers()
    token = token_in(mail)
    for _ in range(10):
        assert await check(world, token) == "OPEN"
    answered = await answer(world, token, YES)
    assert answered.state == CheckLoginOfferResponse.ACCEPTED
    assert await answer(world, token, YES) == answered
    [task] = await world.tasks()
    assert (task.case_manager_id, task.case_manager_name) == (person.id, "Ana García")
    assert (await world.get(person)).login.offer_accepted
    await world.enable(person)
    assert [] == list(await world.tasks())
    assert await check(world, token) == "ENABLED"
    assert [name for name, _ in await world.events() if name.startswith("task")] == ["task.opened", "task.completed"]


async def test_an_offer_is_declined(world: World) -> None:
    """CM-04: a no is DECLINED; another offer within 30 days needs a reason, and the other answer is taken."""
    person = await offer(world, await world.case_manager())
    token = await newest_token(world)
    assert (await answer(world, token, NO)).state == CheckLoginOfferResponse.DECLINED
    assert status(await world.get(person)) == "DECLINED"
    with pytest.raises(Conflict) as refused:
        await offer(world, person)
    assert refused.value.reason == "OFFER_TOO_SOON"
    assert (await answer(world, token, YES)).state == CheckLoginOfferResponse.ACCEPTED
    await answer(world, token, NO)
    assert [] == list(await world.tasks())
    assert status(await offer(world, person, reason="She asked me on the phone")) == "OFFERED"
    assert await check(world, token) == "REPLACED"
    with pytest.raises(Conflict) as refused:
        await answer(world, token, YES)
    assert refused.value.reason == "OFFER_REPLACED"


async def test_a_declined_offer_may_be_made_after_thirty_days(world: World) -> None:
    """CM-04: 30 days after a no nobody asks for a reason."""
    person = await offer(world, await world.case_manager())
    await answer(world, await newest_token(world), NO)
    world.later(days=30)
    assert status(await offer(world, person)) == "OFFERED"


async def test_an_offer_lasts_fourteen_days(world: World) -> None:
    """CM-04: its link is good for 14 days."""
    await offer(world, await world.case_manager())
    token = await newest_token(world)
    world.later(days=14)
    assert await check(world, token) == "EXPIRED"
    with pytest.raises(Conflict) as refused:
        await answer(world, token, YES)
    assert refused.value.reason == "OFFER_EXPIRED"


async def test_a_yes_enables_at_once_where_that_is_set(world: World) -> None:
    """CM-04: with `enable_on_yes` the activation goes out with the answer; the no comes too late then."""
    await world.give_logins_on_yes()
    person = await offer(world, await world.case_manager())
    token = await newest_token(world)
    assert (await answer(world, token, YES)).state == CheckLoginOfferResponse.ENABLED
    assert status(await world.get(person)) == "ACTIVATION_SENT"
    assert [] == list(await world.tasks())
    await activate_account(world.identity, STRANGER, token=token_in((await world.mails())[-1]), password=PASSWORD)
    with pytest.raises(Conflict) as refused:
        await answer(world, token, NO)
    assert refused.value.reason == "OFFER_ANSWERED"


async def test_an_address_that_changed_between_offer_and_yes(world: World) -> None:
    """CM-04: a yes from an old address enables nothing by itself: staff look at it."""
    await world.give_logins_on_yes()
    person = await offer(world, await world.case_manager())
    await world.update(person, email="moved@north.example")
    await answer(world, await newest_token(world), YES)
    assert len(await world.tasks()) == 1


async def test_a_yes_whose_address_another_login_has(world: World) -> None:
    """CM-04: where a login cannot be given at once, as its address is taken, the yes is for staff."""
    await world.give_logins_on_yes()
    first = await world.active()
    await world.update(first, email="new@north.example")
    person = await offer(world, await world.case_manager(email=first.login.username))
    assert (await answer(world, await newest_token(world), YES)).state == CheckLoginOfferResponse.ACCEPTED
    assert (1, "OFFERED") == (len(await world.tasks()), status(await world.get(person)))


async def test_who_has_a_login_is_offered_none(world: World) -> None:
    """CM-04: LOGIN_EXISTS, also while it is disabled."""
    person = await world.disable(await world.active())
    with pytest.raises(AlreadyExists) as refused:
        await offer(world, person)
    assert refused.value.reason == "LOGIN_EXISTS"


async def test_a_link_that_nobody_made(world: World) -> None:
    """CM-04: what is no link of an offer is OFFER_UNKNOWN."""
    for token in ("x", token_in((await world.mails() or [await _mail(world)])[-1])):
        with pytest.raises(NotFound) as refused:
            await check(world, token)
        assert refused.value.reason == "OFFER_UNKNOWN"


async def _mail(world):
    await world.enable(await world.case_manager())
    return (await world.mails())[-1]


async def test_the_history_of_a_person(world: World) -> None:
    """CM-02: the profile's history says what happened and who did it, the newest first."""
    person = await offer(world, await world.case_manager())
    await answer(world, await newest_token(world), YES)
    await world.enable(person)
    entries = await world.history(person)
    kinds = [type(entries[0]).Kind.Name(entry.kind) for entry in entries]
    assert kinds == ["LOGIN_ENABLED", "OFFER_ACCEPTED", "LOGIN_OFFERED", "CREATED"]
    assert [str(world.staff_id), "", str(world.staff_id), str(world.staff_id)] == [entry.actor_id for entry in entries]
    assert [entry.by_person for entry in entries] == [False, True, False, False]


async def test_a_person_of_nobody(world: World) -> None:
    """CM-02: an id that belongs to no case manager is CASE_MANAGER_NOT_FOUND."""
    with pytest.raises(NotFound) as refused:
        await world.stub.EnableCaseManagerLogin(
            case_manager_logins_pb2.EnableCaseManagerLoginRequest(case_manager_id=str(new_id())), metadata=world.staff
        )
    assert refused.value.reason == "CASE_MANAGER_NOT_FOUND"
