"""Why identity refuses; each reason stands in `ErrorReason` of the contract with the same code."""

from chassis.errors import AlreadyExists, Conflict, Denied, Exhausted, InvalidArgument, NotFound, Unauthenticated


class LoginFailed(Unauthenticated):
    """Realm, username, password or the account's status; which one is never told."""

    reason = "LOGIN_FAILED"
    message = "The username or the password is not right."


class UsernameTaken(AlreadyExists):
    """An account with this username exists in the realm."""

    reason = "USERNAME_TAKEN"
    message = "An account with this username exists."


class UsernameInvalid(InvalidArgument):
    """The username is neither an email address nor a phone number."""

    reason = "USERNAME_INVALID"
    message = "This is neither an email address nor a phone number."


class PasswordWeak(InvalidArgument):
    """The password breaks a rule; the violations say which."""

    reason = "PASSWORD_WEAK"
    message = "The password is not strong enough."


class PasswordWrong(Denied):
    """The current password is not right."""

    reason = "PASSWORD_WRONG"
    message = "The current password is not right."


class RefreshTokenInvalid(Unauthenticated):
    """The refresh token is unknown, too old, or its session has ended."""

    reason = "REFRESH_TOKEN_INVALID"
    message = "Sign in again."


class ResetTokenInvalid(Conflict):
    """The proof of a reset or an activation is unknown, used or replaced."""

    reason = "RESET_TOKEN_INVALID"
    message = "This link or code is no longer valid."


class ResetTokenExpired(Conflict):
    """The proof of a reset or an activation has expired."""

    reason = "RESET_TOKEN_EXPIRED"
    message = "This link or code has expired."


class ContactTicketInvalid(Conflict):
    """The contact ticket is forged, for something else, or too old."""

    reason = "CONTACT_TICKET_INVALID"
    message = "Open the invitation again."


class SessionNotFound(NotFound):
    """No such session of this person."""

    reason = "SESSION_NOT_FOUND"
    message = "No such session."


class AccountNotFound(NotFound):
    """No such account in the organization."""

    reason = "ACCOUNT_NOT_FOUND"
    message = "No such login."


class AccountNotActive(Conflict):
    """The account is not in the state that this needs; `metadata.status` tells which it is in."""

    reason = "ACCOUNT_NOT_ACTIVE"
    message = "This login is not active."


class OrganizationNotFound(NotFound):
    """No such organization."""

    reason = "ORGANIZATION_NOT_FOUND"
    message = "No such organization."


class ResetLimitReached(Exhausted):
    """Too many resets were asked for this account in the last hour."""

    reason = "RESET_LIMIT_REACHED"
    message = "Three resets were sent within an hour."
