"""How a person stands with their login, on the wire."""

from collections.abc import Iterable
from datetime import datetime

from portico.casemanager.v1 import resources_pb2 as res

from casemanager.logins.domain import Answer, KnownLogin, LoginAction, LoginStatus, offer_pause_end
from chassis.wire import timestamp


def login_message(known: KnownLogin, actions: Iterable[LoginAction], now: datetime) -> res.Login:
    """How a person stands with their login, and what staff can do about it."""
    status = known.status(now)
    message = res.Login(
        status=res.Login.Status.ValueType(status),
        status_time=timestamp(known.status_time(now)),
        actions=[res.Login.Action.ValueType(action) for action in actions],
    )
    login, made = known.login, known.offer
    if login is not None:
        message.username, message.account_id = login.username, str(login.account_id)
        if login.last_login_time:
            message.last_login_time.CopyFrom(timestamp(login.last_login_time))
    if login is not None and status is LoginStatus.LOCKED and login.lock_expire_time:
        message.lock_expire_time.CopyFrom(timestamp(login.lock_expire_time))
    if login is not None and status is LoginStatus.ACTIVATION_SENT:
        message.message_problem = login.activation_problem
        if login.activation_expire_time:
            message.activation_expire_time.CopyFrom(timestamp(login.activation_expire_time))
    if made is not None and status is LoginStatus.OFFERED:
        message.message_problem, message.offer_accepted = made.problem, made.answer is Answer.YES
        message.offer_expire_time.CopyFrom(timestamp(made.expire_time))
    pause_end = offer_pause_end(made)
    if status is LoginStatus.DECLINED and pause_end:
        message.offer_pause_end_time.CopyFrom(timestamp(pause_end))
    return message
