"""What is heard of accounts and messages: in any order, as often as it comes, at any time."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from portico.casemanager.v1 import case_manager_logins_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res
from portico.identity.v1.events_pb2 import AccountEvent
from portico.notifications.v1.events_pb2 import MessageDelivered, MessageEvent, MessageFailed, MessageSuppressed
from portico.options.v1 import options_pb2
from portico_errors.identity import LoginFailed

from casemanager.logins.consumers import on_account, on_message
from chassis.call import Call, Caller, Role
from chassis.envelope import Incoming
from chassis.errors import ServiceError
from chassis.ids import new_id
from chassis.wire import timestamp
from identity.login_users import domain as login_users
from identity.login_users.domain import State
from identity.login_users.usecases import by_id, send_activation
from identity.resets.usecases.passwords import activate_account
from identity.sessions.usecases import login
from services.casemanager.tests.offers import offer
from services.casemanager.tests.world import PASSWORD, STRANGER, World, status, token_in

START = datetime(2026, 1, 15, tzinfo=UTC)
KINDS = (
    *("created", "activation_sent", "activated", "signed_in", "password_changed", "disabled", "enabled"),
    *("locked", "unlocked", "role_changed"),
)
PROPERTY = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def an_event(account_id: str, kind: str, version: int) -> AccountEvent:
    """An event of identity as it tells it."""
    event = AccountEvent(account_id=account_id, role=options_pb2.CASE_MANAGER, version=version)
    getattr(event, kind).SetInParent()
    if kind in ("created", "activation_sent"):
        activation = getattr(event, kind).activation
        activation.id = str(UUID(int=version))
        activation.expire_time.CopyFrom(timestamp(START + timedelta(days=version)))
    if kind == "locked":
        event.locked.expire_time.CopyFrom(timestamp(START + timedelta(days=365 + version)))
    if kind == "password_changed":
        event.password_changed.by_reset = version % 2 == 0
    if kind == "enabled":
        event.enabled.activated = version % 2 == 0
    return event


def incoming(world: World, version: int) -> Incoming:
    """What comes around an event, a minute after the one before."""
    return Incoming(
        id=new_id(),
        org_id=world.org_id,
        subject="",
        aggregate_id=new_id(),
        version=version,
        event_time=START + timedelta(minutes=version),
    )


async def hear(world: World, event: AccountEvent) -> None:
    """Tells casemanager an event."""
    await on_account(event, incoming(world, event.version), world.deps.database)


def facts(person: res.CaseManager) -> res.Login:
    """What is known of the login, but whose it is, and since when: of older events in another order that is a guess."""
    known = res.Login()
    known.CopyFrom(person.login)
    for field in ("account_id", "username", "status_time"):
        known.ClearField(field)
    return known


@PROPERTY
@given(data=st.data())
async def test_every_order_tells_the_same(world: World, data: st.DataObject) -> None:
    """CM-05: any events of an account, each twice and in any order, come to what they come to one after the other."""
    kinds = data.draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=8))
    plain, mixed = [await world.enable(await world.case_manager()) for _ in range(2)]
    numbered = list(enumerate(kinds, start=100))
    for version, kind in numbered:
        await hear(world, an_event(plain.login.account_id, kind, version))
    for version, kind in data.draw(st.permutations(numbered * 2)):
        await hear(world, an_event(mixed.login.account_id, kind, version))
    assert facts(await world.get(plain)) == facts(await world.get(mixed))


async def test_signed_in_after_disabled(world: World) -> None:
    """CM-05: a sign-in that is told late opens nothing, and its time is kept."""
    person = await world.enable(await world.case_manager())
    await hear(world, an_event(person.login.account_id, "disabled", 102))
    await hear(world, an_event(person.login.account_id, "signed_in", 101))
    heard = await world.get(person)
    assert "DISABLED" == status(heard)
    assert START + timedelta(minutes=101) == heard.login.last_login_time.ToDatetime(tzinfo=UTC)


async def test_since_when_it_is_so(world: World) -> None:
    """CM-05: an event that tells the same status once more leaves the time since which it is so."""
    person = await world.enable(await world.case_manager())
    for version, kind in enumerate(("activated", "signed_in", "role_changed"), start=101):
        await hear(world, an_event(person.login.account_id, kind, version))
    heard = await world.get(person)
    assert ("ACTIVE", START + timedelta(minutes=101)) == (status(heard), heard.login.status_time.ToDatetime(tzinfo=UTC))


async def test_accounts_of_others(world: World) -> None:
    """CM-05: what identity tells of staff and families, of other accounts and other organizations, changes nobody."""
    person = await world.active()
    before = await world.get(person)
    for role in (options_pb2.STAFF, options_pb2.FAMILY):
        event = an_event(person.login.account_id, "disabled", 900)
        event.role = role
        await hear(world, event)
    await hear(world, an_event(str(new_id()), "disabled", 900))
    elsewhere = await World.with_organization(world.deps, world.identity, world.stub, world.people, world.clock)
    await hear(elsewhere, an_event(person.login.account_id, "disabled", 900))
    assert before == await world.get(person)


async def test_a_variant_that_is_not_known_yet(world: World) -> None:
    """CM-05: an event of a newer identity is passed over, whatever it is about: also of a disabled account."""
    for person in (await world.active(), await world.disable(await world.active())):
        await world.hear()
        before = await world.get(person)
        event = AccountEvent(account_id=person.login.account_id, role=options_pb2.CASE_MANAGER, version=900)
        await hear(world, event)
        assert before == await world.get(person)


REPORTS: dict[str, Any] = {
    "delivered": {"delivered": MessageDelivered()},
    "retrying": {"failed": MessageFailed(retrying=True, reason="try later")},
    "failed": {"failed": MessageFailed(retrying=False, reason="550 no such mailbox")},
    "suppressed": {"suppressed": MessageSuppressed(reason="SUPPRESSED")},
}
PROBLEMS = {"delivered": "", "retrying": "", "failed": "550 no such mailbox", "suppressed": "SUPPRESSED"}


@PROPERTY
@given(data=st.data())
async def test_reports_of_an_offer_in_any_order(world: World, data: st.DataObject) -> None:
    """CM-04, CM-05: the latest report of an offer's message counts, in whatever order and however often they come."""
    kinds = data.draw(st.lists(st.sampled_from(sorted(REPORTS)), min_size=1, max_size=5))
    person = await offer(world, await world.case_manager())
    reference = (await world.offers())[-1].reference
    for version, kind in data.draw(st.permutations(list(enumerate(kinds, start=1)) * 2)):
        event = MessageEvent(reference=reference, version=version, **REPORTS[kind])
        await on_message(event, incoming(world, version), world.deps.database)
    assert PROBLEMS[kinds[-1]] == (await world.get(person)).login.message_problem


async def test_reports_about_something_else(world: World) -> None:
    """CM-05: reports of other messages are passed over, whatever they are about."""
    person = await offer(world, await world.case_manager())
    for reference in ("", "invitations/7", f"bookings/{new_id()}", f"login-offers/{new_id()}"):
        await world.bounce(reference, "550")
    assert "" == (await world.get(person)).login.message_problem


async def test_a_lock_ends_by_the_clock(world: World) -> None:
    """CM-05: fifty wrong passwords lock a login until a time that is shown; then it is ACTIVE without any event."""
    person = await world.active()
    await lock(world, person)
    await world.hear()
    locked = await world.get(person)
    assert ("LOCKED", ["RESET_PASSWORD", "DISABLE"]) == (
        status(locked),
        [res.Login.Action.Name(action) for action in locked.login.actions],
    )
    assert world.clock() + timedelta(minutes=15) == locked.login.lock_expire_time.ToDatetime(tzinfo=UTC)
    assert [person.id] == await world.find(login_statuses=[res.Login.LOCKED])
    world.later(minutes=15)
    unlocked = await world.get(person)
    assert ("ACTIVE", False) == (status(unlocked), unlocked.login.HasField("lock_expire_time"))
    assert [] == await world.find(login_statuses=[res.Login.LOCKED])


async def test_a_lock_opens_no_login(world: World) -> None:
    """CM-05: of one that waits for its activation, or is disabled, wrong passwords change nothing, in any order."""
    person = await world.enable(await world.case_manager())
    await world.hear()
    await hear(world, an_event(person.login.account_id, "locked", 900))
    assert "ACTIVATION_SENT" == status(await world.get(person))
    other = await world.disable(await world.active())
    await hear(world, an_event(other.login.account_id, "locked", 900))
    await world.hear()
    assert "DISABLED" == status(await world.get(other))


async def test_who_changes_their_password_stays_locked(world: World) -> None:
    """CM-05: a lock ends when its person proves to be it by a link or a code, not when they knew the password."""
    person = await world.active()
    changed, reset = [an_event(person.login.account_id, "password_changed", version) for version in (901, 902)]
    reset.password_changed.by_reset = True
    await hear(world, an_event(person.login.account_id, "locked", 900))
    await hear(world, changed)
    assert "LOCKED" == status(await world.get(person))
    await hear(world, reset)
    assert "ACTIVE" == status(await world.get(person))


async def lock(world: World, person: res.CaseManager) -> None:
    """So many wrong passwords from so many networks that nobody new gets in."""
    for number in range(50):
        with suppress(LoginFailed):
            await sign_in(world, person, "wrong password", address=f"198.51.{number // 10}.1")


async def sign_in(world: World, person: res.CaseManager, password: str, *, address: str = "192.0.2.7") -> None:
    caller = Caller(service="gateway", address=address)
    realm = f"harbour-{world.org_id.hex}"
    await login(world.identity, Call(caller, "test"), realm=realm, username=person.login.username, password=password)


async def _enabled_elsewhere(world: World, person: res.CaseManager) -> None:
    call = Call(Caller(service="gateway", org_id=world.org_id, account_id=new_id(), role=Role.STAFF_ADMIN), "test")
    await send_activation(world.identity, call, by_id(world.org_id, UUID(person.login.account_id)), login_users.enable)


async def _activated(world: World, person: res.CaseManager) -> None:
    await activate_account(world.identity, STRANGER, token=token_in((await world.mails())[-1]), password=PASSWORD)


async def _resent(world: World, person: res.CaseManager) -> None:
    request = pb.ResendCaseManagerActivationRequest(case_manager_id=person.id)
    await world.stub.ResendCaseManagerActivation(request, metadata=world.staff)


async def _signed_in(world: World, person: res.CaseManager) -> None:
    await sign_in(world, person, PASSWORD)


async def _later(world: World, person: res.CaseManager) -> None:
    world.later(minutes=1)


async def _heard(world: World, person: res.CaseManager) -> None:
    await world.hear()


HAPPENS = {
    "enable": World.enable,
    "disable": World.disable,
    "disable elsewhere": World.disable_elsewhere,
    "enable elsewhere": _enabled_elsewhere,
    "activate": _activated,
    "resend": _resent,
    "sign in": _signed_in,
    "lock": lock,
    "deactivate": World.deactivate,
    "bring back": World.activate,
    "hear": _heard,
    "wait": _later,
}
SHOWN = {
    State.PENDING_ACTIVATION: "ACTIVATION_SENT",
    State.ACTIVE: "ACTIVE",
    State.LOCKED: "LOCKED",
    State.DISABLED: "DISABLED",
}


@settings(PROPERTY, max_examples=30)
@given(data=st.data())
async def test_a_replay_of_everything(world: World, data: st.DataObject) -> None:
    """CM-05: after any burst of what people do, all events twice in any order show the login as identity keeps it."""
    here = await World.with_organization(world.deps, world.identity, world.stub, world.people, world.clock)
    person = await here.enable(await here.case_manager())
    for name in data.draw(st.lists(st.sampled_from(sorted(HAPPENS)), max_size=8)):
        with suppress(ServiceError):  # what does not fit is refused
            await HAPPENS[name](here, person)
    await here.hear(lambda rows: data.draw(st.permutations(rows * 2)))
    user = await by_id(here.org_id, UUID(person.login.account_id)).load(here.identity)
    assert user is not None
    heard = await here.get(person)
    assert SHOWN[user.state] == status(heard)
    if user.state is State.PENDING_ACTIVATION:
        ends = user.activation_expire_time(here.clock())
        assert ends == heard.login.activation_expire_time.ToDatetime(tzinfo=UTC)
    assert [person.id] == await here.find(login_statuses=[heard.login.status])
