"""A forgotten password, a new one, and the first one of a login."""

from portico.identity.v1.service_pb2 import (
    ActivateAccountRequest,
    ForgotPasswordRequest,
    PasswordCode,
    ResetPasswordRequest,
)
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.areas.public.sign_in import organization_of, realm_of
from portal.core.context import Visit, realm_path

DEAD_LINK = frozenset({"RESET_TOKEN_INVALID", "RESET_TOKEN_EXPIRED"})
IN_THE_FORM = frozenset({"PASSWORD_WEAK", "INVALID_REQUEST"})


async def ask(visit: Visit) -> Response:
    """Whose password was forgotten?"""
    return visit.show(
        "public/forgot.html", organization=await organization_of(visit), realm=realm_path(realm_of(visit))
    )


async def forgot(visit: Visit) -> Response:
    """Asks for the message; the page says the same whoever it was. A phone gets a code, which is typed right here."""
    organization, username = await organization_of(visit), visit.form["username"]
    try:
        await visit.services.identity.ForgotPassword(ForgotPasswordRequest(realm=realm_of(visit), username=username))
    except ServiceError as error:
        if error.reason != "INVALID_REQUEST":
            raise
        visit.form = visit.form.refused(error, visit.words)
        return visit.show("public/forgot.html", organization=organization, realm=realm_path(realm_of(visit)))
    template = "public/forgotten.html" if "@" in username else "public/reset_by_code.html"
    return visit.show(template, organization=organization, realm=realm_path(realm_of(visit)), is_sent=True)


async def ask_code(visit: Visit) -> Response:
    """The code of an SMS, and a new password."""
    return visit.show(
        "public/reset_by_code.html",
        organization=await organization_of(visit),
        realm=realm_path(realm_of(visit)),
        is_sent=False,
    )


async def reset_by_code(visit: Visit) -> Response:
    """Sets the new password with the code of an SMS."""
    organization = await organization_of(visit)
    code = PasswordCode(realm=realm_of(visit), username=visit.form["username"], code=visit.form["code"])
    request = ResetPasswordRequest(code=code, new_password=visit.form.raw("new_password"))
    try:
        await visit.services.identity.ResetPassword(request)
    except ServiceError as error:
        if error.reason not in IN_THE_FORM | DEAD_LINK:
            raise
        visit.form = visit.form.refused(error, visit.words)
        return visit.show(
            "public/reset_by_code.html", organization=organization, realm=realm_path(realm_of(visit)), is_sent=False
        )
    return _done(visit, "password-changed")


async def show_reset(visit: Visit) -> Response:
    """A new password, by the link of an email; opening it uses nothing up."""
    return _new_password(visit, await organization_of(visit), is_first=False)


async def reset(visit: Visit) -> Response:
    """Sets the new password with the link's token."""
    organization = await organization_of(visit)
    request = ResetPasswordRequest(token=visit.param("token"), new_password=visit.form.raw("new_password"))
    try:
        await visit.services.identity.ResetPassword(request)
    except ServiceError as error:
        return _refused(visit, organization, error, is_first=False)
    return _done(visit, "password-changed")


async def show_activation(visit: Visit) -> Response:
    """The first password of a login; opening the link uses nothing up."""
    return _new_password(visit, await organization_of(visit), is_first=True)


async def activate(visit: Visit) -> Response:
    """Sets the first password."""
    organization = await organization_of(visit)
    request = ActivateAccountRequest(token=visit.param("token"), password=visit.form.raw("password"))
    try:
        await visit.services.identity.ActivateAccount(request)
    except ServiceError as error:
        return _refused(visit, organization, error, is_first=True)
    return _done(visit, "activated")


def _new_password(visit: Visit, organization: object, *, is_first: bool, dead: str = "") -> Response:
    return visit.show(
        "public/new_password.html",
        organization=organization,
        realm=realm_path(realm_of(visit)),
        is_first=is_first,
        dead=dead,
        status=409 if dead else 200,
    )


def _refused(visit: Visit, organization: object, error: ServiceError, *, is_first: bool) -> Response:
    if error.reason in DEAD_LINK:
        return _new_password(visit, organization, is_first=is_first, dead=error.reason)
    if error.reason not in IN_THE_FORM:
        raise error
    visit.form = visit.form.refused(error, visit.words)
    return _new_password(visit, organization, is_first=is_first)


def _done(visit: Visit, notice: str) -> Response:
    return visit.go(f"{realm_path(realm_of(visit))}/sign-in", notice=notice)
