"""How a login stands and what can be done about it: CM-05's table, and the same rule in SQL."""

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from portico.casemanager.v1 import resources_pb2 as res
from portico_errors.casemanager import ActionNotAllowed, LoginExists, OfferAnswered, OfferTooSoon
from sqlalchemy import bindparam, insert, select

from casemanager.case_managers.storage import LOAD_CASE_MANAGER, case_managers, people
from casemanager.logins.domain import (
    MACHINE,
    OFFER_LIFE,
    OFFER_PAUSE,
    AccountStatus,
    Answer,
    KnownLogin,
    Login,
    LoginAction,
    LoginStatus,
    Offer,
    answered,
    disabled,
    enabled,
    offered,
)
from casemanager.logins.storage import account_states, login_offers, login_status, logins
from chassis.db import statement
from chassis.ids import new_id
from services.casemanager.tests.world import World

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ALLOWED = {
    LoginStatus.NONE: [LoginAction.ENABLE, LoginAction.OFFER],
    LoginStatus.OFFERED: [LoginAction.ENABLE, LoginAction.OFFER],
    LoginStatus.DECLINED: [LoginAction.ENABLE, LoginAction.OFFER],
    LoginStatus.ACTIVATION_SENT: [LoginAction.RESEND_ACTIVATION, LoginAction.DISABLE],
    LoginStatus.ACTIVE: [LoginAction.RESET_PASSWORD, LoginAction.DISABLE],
    LoginStatus.LOCKED: [LoginAction.RESET_PASSWORD, LoginAction.DISABLE],
    LoginStatus.DISABLED: [LoginAction.ENABLE],
}
"""CM-05's column of first actions, and what else can be done."""


def a_login(status=AccountStatus.ACTIVE, **facts) -> Login:
    return Login(
        account_id=new_id(), username="ana@north.example", generation=1, status=status, status_time=NOW, **facts
    )


def an_offer(answer=None, *, answer_time=None) -> Offer:
    end = NOW + OFFER_LIFE
    return Offer(id=new_id(), email="", offer_time=NOW, expire_time=end, answer=answer, answer_time=answer_time)


KNOWN = {
    LoginStatus.NONE: KnownLogin(login=None, offer=None),
    LoginStatus.OFFERED: KnownLogin(login=None, offer=an_offer()),
    LoginStatus.DECLINED: KnownLogin(login=None, offer=an_offer(Answer.NO, answer_time=NOW)),
    LoginStatus.ACTIVATION_SENT: KnownLogin(login=a_login(AccountStatus.PENDING_ACTIVATION), offer=an_offer(Answer.NO)),
    LoginStatus.ACTIVE: KnownLogin(login=a_login(lock_expire_time=NOW), offer=None),
    LoginStatus.LOCKED: KnownLogin(login=a_login(lock_expire_time=NOW + SECOND), offer=an_offer()),
    LoginStatus.DISABLED: KnownLogin(
        login=a_login(AccountStatus.DISABLED, lock_expire_time=NOW + SECOND), offer=an_offer()
    ),
}


@pytest.mark.parametrize("status", LoginStatus)
def test_what_is_known_comes_to_a_status(status: LoginStatus) -> None:
    """CM-05: each of the seven, a lock by the clock, and a login before any offer; what can be done is in order."""
    known = KNOWN[status]
    assert status is known.status(NOW)
    assert ALLOWED[status] == list(known.allowed(NOW, has_email=True, is_active=True))


@pytest.mark.parametrize(("status", "action"), list(product(LoginStatus, LoginAction)))
def test_every_action_in_every_status(status: LoginStatus, action: LoginAction) -> None:
    """CM-05: an action is allowed where the table has it; else ACTION_NOT_ALLOWED says what fits."""
    if action in ALLOWED[status]:
        KNOWN[status].require(action, NOW)
        assert MACHINE.next(status, action) in LoginStatus
        return
    with pytest.raises(ActionNotAllowed) as refused:
        KNOWN[status].require(action, NOW)
    fits = ",".join(each.name for each in ALLOWED[status])
    assert {"state": status.name, "allowed_actions": fits} == refused.value.metadata


def test_where_actions_lead() -> None:
    """CM-05: enabling sends the activation, disabling disables; whoever was active before is so at once."""
    leads = {action: {after for _, each, after in MACHINE if each is action} for action in LoginAction}
    assert {LoginStatus.ACTIVATION_SENT, LoginStatus.ACTIVE} == leads[LoginAction.ENABLE]
    assert {LoginStatus.OFFERED} == leads[LoginAction.OFFER]
    assert {LoginStatus.ACTIVATION_SENT} == leads[LoginAction.RESEND_ACTIVATION]
    assert {LoginStatus.ACTIVE, LoginStatus.LOCKED} == leads[LoginAction.RESET_PASSWORD]
    assert {LoginStatus.DISABLED} == leads[LoginAction.DISABLE]


@pytest.mark.parametrize(("has_email", "is_active"), [(False, True), (True, False), (False, False)])
@pytest.mark.parametrize("status", LoginStatus)
def test_who_cannot_be_given_a_login(status: LoginStatus, *, has_email: bool, is_active: bool) -> None:
    """CM-02, CM-03: without an address, or out of service, nothing is enabled or offered; the rest stays."""
    allowed = KNOWN[status].allowed(NOW, has_email=has_email, is_active=is_active)
    assert [each for each in ALLOWED[status] if each not in (LoginAction.ENABLE, LoginAction.OFFER)] == list(allowed)


def test_names_and_numbers_are_the_contracts() -> None:
    """CM-05: statuses, actions and answers are the contract's."""
    for ours, theirs in ((LoginStatus, res.Login.Status), (LoginAction, res.Login.Action)):
        assert {each.name: each.value for each in ours} == {name: number for name, number in theirs.items() if number}


def test_since_when() -> None:
    """CM-05: the time of the login's status, else of the answer or the offer; of a lock it is not known."""
    told = NOW + SECOND
    assert KNOWN[LoginStatus.NONE].status_time(NOW) is None
    assert KNOWN[LoginStatus.LOCKED].status_time(NOW) is None
    assert NOW == KNOWN[LoginStatus.LOCKED].status_time(told)
    assert NOW == KNOWN[LoginStatus.OFFERED].status_time(told)
    assert told == KnownLogin(login=None, offer=an_offer(Answer.NO, answer_time=told)).status_time(told)


@pytest.mark.parametrize(
    ("moment", "reason", "is_taken"),
    [
        (OFFER_PAUSE - SECOND, "", False),
        (OFFER_PAUSE - SECOND, "  ", False),
        (OFFER_PAUSE - SECOND, "She asked", True),
        (timedelta(), "She asked", True),
        (OFFER_PAUSE, "", True),
    ],
)
def test_when_a_declined_offer_is_made_anew(moment: timedelta, reason: str, *, is_taken: bool) -> None:
    """CM-04: 30 days after a no, or with a reason; OFFER_TOO_SOON says until when."""
    known = KNOWN[LoginStatus.DECLINED]
    if is_taken:
        made = offered(known, offer_id=new_id(), email="a@north.example", reason=reason, now=NOW + moment)
        assert (NOW + moment, NOW + moment + timedelta(days=14)) == (made.offer_time, made.expire_time)
        return
    with pytest.raises(OfferTooSoon) as refused:
        offered(known, offer_id=new_id(), email="a@north.example", reason=reason, now=NOW + moment)
    assert {"offer_pause_end_time": (NOW + timedelta(days=30)).isoformat()} == refused.value.metadata


def test_offers_end_where_a_login_begins() -> None:
    """CM-04: LOGIN_EXISTS for a new offer; the same answer is taken, the other one is OFFER_ANSWERED."""
    for status in (LoginStatus.ACTIVATION_SENT, LoginStatus.ACTIVE, LoginStatus.LOCKED, LoginStatus.DISABLED):
        with pytest.raises(LoginExists):
            offered(KNOWN[status], offer_id=new_id(), email="", reason="x", now=NOW)
    made = an_offer(Answer.YES, answer_time=NOW)
    known = KnownLogin(login=a_login(), offer=made)
    assert made == answered(known, made, Answer.YES, NOW + SECOND)
    with pytest.raises(OfferAnswered):
        answered(known, made, Answer.NO, NOW)
    said_no = answered(KnownLogin(login=None, offer=made), made, Answer.NO, NOW + SECOND)
    assert (Answer.NO, NOW + SECOND) == (said_no.answer, said_no.answer_time)


def test_each_command_has_a_number() -> None:
    """CM-03: enabling and disabling count on; another address is another account, of which nothing was heard."""
    first = enabled(None, username="ana@north.example", now=NOW)
    off = disabled(first, NOW)
    same = enabled(off, username="ana@north.example", now=NOW)
    other = enabled(off, username="b@north.example", now=NOW)
    assert [1, 2, 3, 3] == [each.generation for each in (first, off, same, other)]
    assert (first.account_id, UUID(int=0)) == (same.account_id, other.account_id)


times = st.integers(-2, 2).map(lambda seconds: NOW + seconds * SECOND)
statuses = st.sampled_from(AccountStatus)
commands = st.none() | st.fixed_dictionaries({"expected_status": statuses, "heard_version": st.integers(0, 3)})
states = st.none() | st.fixed_dictionaries(
    {"status": statuses, "status_version": st.integers(1, 3), "lock_expire_time": st.none() | times}
)
offers = st.none() | st.fixed_dictionaries({"answer": st.none() | st.sampled_from(Answer)})
UNTOLD = {
    **dict.fromkeys(("activation_id", "activation_expire_time", "last_login_time")),
    "status_time": NOW,
    "lock_version": 0,
    "activation_version": 0,
}
"""What an account's state says of the facts that no status depends on."""
ADD_LOGIN, ADD_STATE, ADD_OFFER = (statement(insert(table)) for table in (logins, account_states, login_offers))
FIND_STATUS = statement(
    select(login_status())
    .select_from(people)
    .where(case_managers.c.org_id == bindparam("org_id"), case_managers.c.id == bindparam("id")),
    into=int,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(command=commands, state=states, offer=offers, now=times)
async def test_lists_know_the_same_statuses(world: World, command, state, offer, now) -> None:
    """CM-05: whatever is stored, and at every moment, the list's rule in SQL is that of the profile."""
    ids = {"org_id": world.org_id, "person_id": UUID((await world.case_manager()).id)}
    account_id, database = new_id(), world.deps.database
    if command is not None:
        known = {"account_id": account_id, "username": "ana@north.example", "generation": 1, "command_time": NOW}
        await database.run(ADD_LOGIN, **ids, **known, **command)
    if state is not None:
        await database.run(ADD_STATE, **UNTOLD, org_id=world.org_id, account_id=account_id, **state)
    if offer is not None:
        made = {"id": new_id(), "email": "", "offer_time": NOW, "expire_time": NOW, "answer_time": NOW}
        await database.run(ADD_OFFER, **ids, **made, **offer)
    person = await database.first(LOAD_CASE_MANAGER, org_id=world.org_id, id=ids["person_id"])
    status = await database.first(FIND_STATUS, org_id=world.org_id, id=ids["person_id"], now=now)
    assert person is not None
    assert status is not None
    assert person.known_login.status(now) is LoginStatus(status)
