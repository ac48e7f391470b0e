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
from portal.core.context import PageContext, realm_path

DEAD_LINK = frozenset({"RESET_TOKEN_INVALID", "RESET_TOKEN_EXPIRED"})
IN_THE_FORM = frozenset({"PASSWORD_WEAK", "INVALID_REQUEST"})


async def ask(context: PageContext) -> Response:
    """Whose password was forgotten?"""
    return context.render(
        "public/forgot.html", organization=await organization_of(context), realm=realm_path(realm_of(context))
    )


async def forgot(context: PageContext) -> Response:
    """Asks for the message; the page says the same whoever it was. A phone gets a code, which is typed right here."""
    organization, username = await organization_of(context), context.form["username"]
    try:
        await context.services.identity.ForgotPassword(
            ForgotPasswordRequest(realm=realm_of(context), username=username)
        )
    except ServiceError as error:
        if error.reason != "INVALID_REQUEST":
            raise
        context.form = context.form.refused(error, context.i18n)
        return context.render("public/forgot.html", organization=organization, realm=realm_path(realm_of(context)))
    template = "public/forgotten.html" if "@" in username else "public/reset_by_code.html"
    return context.render(template, organization=organization, realm=realm_path(realm_of(context)), is_sent=True)


async def ask_code(context: PageContext) -> Response:
    """The code of an SMS, and a new password."""
    return context.render(
        "public/reset_by_code.html",
        organization=await organization_of(context),
        realm=realm_path(realm_of(context)),
        is_sent=False,
    )


async def reset_by_code(context: PageContext) -> Response:
    """Sets the new password with the code of an SMS."""
    organization = await organization_of(context)
    code = PasswordCode(realm=realm_of(context), username=context.form["username"], code=context.form["code"])
    request = ResetPasswordRequest(code=code, new_password=context.form.raw("new_password"))
    try:
        await context.services.identity.ResetPassword(request)
    except ServiceError as error:
        if error.reason not in IN_THE_FORM | DEAD_LINK:
            raise
        context.form = context.form.refused(error, context.i18n)
        return context.render(
            "public/reset_by_code.html", organization=organization, realm=realm_path(realm_of(context)), is_sent=False
        )
    return _done(context, "password-changed")


async def show_reset(context: PageContext) -> Response:
    """A new password, by the link of an email; opening it uses nothing up."""
    return _new_password(context, await organization_of(context), is_first=False)


async def reset(context: PageContext) -> Response:
    """Sets the new password with the link's token."""
    organization = await organization_of(context)
    request = ResetPasswordRequest(token=context.param("token"), new_password=context.form.raw("new_password"))
    try:
        await context.services.identity.ResetPassword(request)
    except ServiceError as error:
        return _refused(context, organization, error, is_first=False)
    return _done(context, "password-changed")


async def show_activation(context: PageContext) -> Response:
    """The first password of a login; opening the link uses nothing up."""
    return _new_password(context, await organization_of(context), is_first=True)


async def activate(context: PageContext) -> Response:
    """Sets the first password."""
    organization = await organization_of(context)
    request = ActivateAccountRequest(token=context.param("token"), password=context.form.raw("password"))
    try:
        await context.services.identity.ActivateAccount(request)
    except ServiceError as error:
        return _refused(context, organization, error, is_first=True)
    return _done(context, "activated")


def _new_password(context: PageContext, organization: object, *, is_first: bool, dead: str = "") -> Response:
    return context.render(
        "public/new_password.html",
        organization=organization,
        realm=realm_path(realm_of(context)),
        is_first=is_first,
        dead=dead,
        status=409 if dead else 200,
    )


def _refused(context: PageContext, organization: object, error: ServiceError, *, is_first: bool) -> Response:
    if error.reason in DEAD_LINK:
        return _new_password(context, organization, is_first=is_first, dead=error.reason)
    if error.reason not in IN_THE_FORM:
        raise error
    context.form = context.form.refused(error, context.i18n)
    return _new_password(context, organization, is_first=is_first)


def _done(context: PageContext, flash: str) -> Response:
    return context.redirect(f"{realm_path(realm_of(context))}/sign-in", flash=flash)
