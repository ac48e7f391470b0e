"""What identity answers about the logins of an organization, and about what happened to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from google.api.httpbody_pb2 import HttpBody
from google.protobuf.message import Message
from portico.identity.v1.audit_pb2 import AuditedPerson, AuditEvent, ListAuditEventsResponse
from portico.identity.v1.login_users_pb2 import ListLoginUsersResponse, LoginUser
from portico.identity.v1.resources_pb2 import Account

from chassis.call import Role
from chassis.wire import timestamp

ROSA_ID = "01990000-0000-7000-8000-0000000000c1"
LOGIN = f"/people/logins/{ROSA_ID}"


def account(**changes: object) -> Account:
    """Rosa, of the staff."""
    usual = {
        "id": ROSA_ID,
        "realm": "sunrise",
        "role": Role.STAFF.value,
        "username": "rosa@sunrise.example",
        "display_name": "Rosa Delgado",
        "language": "es",
        "status": Account.ACTIVE,
        "create_time": timestamp(datetime(2026, 1, 5, 15, tzinfo=UTC)),
        "activate_time": timestamp(datetime(2026, 1, 5, 16, tzinfo=UTC)),
        "last_login_time": timestamp(datetime(2026, 1, 27, 15, tzinfo=UTC)),
    }
    return Account(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def login_user(state: str | int = "ACTIVE", *, of: Mapping[str, object] | None = None, **changes: object) -> LoginUser:
    """Rosa's login; `of` are changes of the account."""
    usual = {
        "account": account(**(of or {})),
        "state": LoginUser.State.Value(state) if isinstance(state, str) else state,
        "actions": [LoginUser.RESET_PASSWORD, LoginUser.DISABLE, LoginUser.REVOKE_SESSIONS, LoginUser.SET_ROLE],
        "session_count": 2,
    }
    return LoginUser(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def pending(**changes: object) -> LoginUser:
    """Rosa's login before its activation."""
    usual = {
        "actions": [LoginUser.RESEND_ACTIVATION, LoginUser.CHANGE_USERNAME, LoginUser.DISABLE, LoginUser.SET_ROLE],
        "session_count": 0,
        "activation_expire_time": timestamp(datetime(2026, 1, 30, 15, tzinfo=UTC)),
    }
    of = {"status": Account.PENDING_ACTIVATION, "activate_time": None, "last_login_time": None}
    return login_user("PENDING_ACTIVATION", of=of, **{**usual, **changes})


def audit_event(action: str | int = "SIGNED_IN", **changes: object) -> AuditEvent:
    """Rosa signed in."""
    rosa = AuditedPerson(account_id=ROSA_ID, display_name="Rosa Delgado", username="rosa@sunrise.example")
    usual = {
        "id": "01990000-0000-7000-8000-0000000000d1",
        "event_time": timestamp(datetime(2026, 1, 27, 15, tzinfo=UTC)),
        "action": AuditEvent.Action.Value(action) if isinstance(action, str) else action,
        "outcome": AuditEvent.SUCCEEDED,
        "subject": rosa,
        "actor": rosa,
        "address": "192.0.2.7",
        "user_agent": "curl/8",
        "count": 1,
    }
    return AuditEvent(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


OF_LOGINS: Mapping[str, Message] = {
    "ListLoginUsers": ListLoginUsersResponse(login_users=[login_user()]),
    "GetLoginUser": login_user(),
    "ListAuditEvents": ListAuditEventsResponse(audit_events=[audit_event()]),
    "ExportAuditEvents": HttpBody(content_type="text/csv", data=b"Time (UTC),Action\r\n"),
    **dict.fromkeys(
        (
            "CreateLoginUser",
            "SendLoginUserPasswordReset",
            "ResendActivation",
            "ChangePendingUsername",
            "DisableLoginUser",
            "EnableLoginUser",
            "UnlockLoginUser",
            "RevokeLoginUserSessions",
            "SetLoginUserRole",
        ),
        account(),
    ),
}
