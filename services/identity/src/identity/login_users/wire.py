"""A login on the wire, as administrators see it."""

from datetime import datetime

from portico.identity.v1 import login_users_pb2 as pb

from chassis.wire import timestamp
from identity.accounts.wire import account_message
from identity.login_users.domain import LoginUser, State
from identity.organizations.domain import Organization


def login_user_message(user: LoginUser, organization: Organization, now: datetime) -> pb.LoginUser:
    """The login with what can be done now."""
    is_pending = user.state is State.PENDING_ACTIVATION
    return pb.LoginUser(
        account=account_message(user.account, organization),
        state=pb.LoginUser.State.ValueType(user.state),
        actions=[pb.LoginUser.Action.ValueType(action) for action in user.actions()],
        lock_expire_time=timestamp(user.lock_expire_time),
        session_count=len(user.account.live_sessions),
        activation_expire_time=timestamp(user.activation_expire_time(now)) if is_pending else None,
        last_administrator=user.is_last_administrator,
    )
