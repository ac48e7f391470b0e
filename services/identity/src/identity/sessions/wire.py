"""A sign-in on the wire."""

from portico.identity.v1 import resources_pb2 as res

from chassis.wire import timestamp
from identity.accounts.wire import account_message
from identity.sessions.domain import SignedIn


def tokens_message(signed_in: SignedIn) -> res.Tokens:
    """What a signed-in person holds."""
    return res.Tokens(
        access_token=signed_in.access_token,
        access_expire_time=timestamp(signed_in.access_expire_time),
        refresh_token=signed_in.refresh_token,
        refresh_expire_time=timestamp(signed_in.refresh_expire_time),
        account=account_message(signed_in.account, signed_in.organization),
        device_token=signed_in.device_token,
    )


def sign_in_result(signed_in: SignedIn) -> res.SignInResult:
    """What a sign-in comes to: no account asks for more than a password yet."""
    return res.SignInResult(tokens=tokens_message(signed_in))
