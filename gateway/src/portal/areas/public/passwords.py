"""A forgotten password, a new one, and the first one of a login."""

from datetime import timedelta

from portico.identity.v1.resets_pb2 import (
    ActivateAccountRequest,
    ApplicationAndChild,
    CheckResetRequest,
    FamilyProof,
    ForgotPasswordRequest,
    PasswordCode,
    ResetPasswordRequest,
)
from portico.identity.v1.resources_pb2 import Organization, SignInResult
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.areas.public.sign_in import organization_of, realm_of, username_of
from portal.core.context import PageContext, realm_path
from portal.core.forms import Form, day_of
from portal.core.labels import choice

DEAD_LINK = {"RESET_TOKEN_INVALID": "UNKNOWN", "RESET_TOKEN_EXPIRED": "EXPIRED"}
"""What a refused link is worth, in the words of `CheckReset`."""
FAMILY_PROOF = frozenset({"FAMILY_PROOF_NEEDED", "FAMILY_PROOF_WRONG", "FAMILY_PROOF_BLOCKED"})
IN_THE_FORM = frozenset({"PASSWORD_WEAK", "INVALID_REQUEST"})


async def ask(context: PageContext) -> Response:
    """Whose password was forgotten?"""
    return context.render(
        "public/forgot.html", organization=await organization_of(context), realm=realm_path(realm_of(context))
    )


async def forgot(context: PageContext) -> Response:
    """Asks for the message; the page says the same whoever it was. A phone gets a code, which is typed right here."""
    organization = await organization_of(context)
    try:
        sent = await context.services.identity.ForgotPassword(
            ForgotPasswordRequest(realm=realm_of(context), username=username_of(context))
        )
    except ServiceError as error:
        if error.reason != "INVALID_REQUEST":
            raise
        context.form = context.form.refused(error, context.i18n)
        return context.render("public/forgot.html", organization=organization, realm=realm_path(realm_of(context)))
    if "@" not in context.form["username"]:
        return _by_code(context, organization, sent_life=sent.proof_life.ToTimedelta())
    return context.render(
        "public/forgotten.html",
        organization=organization,
        realm=realm_path(realm_of(context)),
        reset_life=sent.proof_life.ToTimedelta(),
    )


async def ask_code(context: PageContext) -> Response:
    """The code of an SMS, and a new password."""
    return _by_code(context, await organization_of(context))


async def reset_by_code(context: PageContext) -> Response:
    """Sets the new password with the code of an SMS; an old number has to say, too, what only its family knows."""
    organization = await organization_of(context)
    try:
        request = ResetPasswordRequest(
            code=PasswordCode(realm=realm_of(context), username=username_of(context), code=context.form["code"]),
            new_password=context.form.raw("new_password"),
            device_tokens=context.device_tokens,
            family_proof=_family_proof(context.form),
        )
        result = await context.services.identity.ResetPassword(request)
    except ServiceError as error:
        if error.reason not in IN_THE_FORM | DEAD_LINK.keys() | FAMILY_PROOF:
            raise
        context.form = context.form.refused(error, context.i18n)
        is_dead = error.reason in DEAD_LINK
        return _by_code(context, organization, is_dead=is_dead, asks_family=error.reason in FAMILY_PROOF)
    return await _signed_in(context, result, organization, "password-changed")


def _family_proof(form: Form) -> FamilyProof | None:
    """What the form says of the family; raises InvalidArgument for what is not a day of the calendar."""
    if born := form["birth_date"]:
        return FamilyProof(birth_date=day_of(born, "family_proof.birth_date"))
    number, name = form["application_number"], form["child_family_name"]
    if not number and not name:
        return None
    return FamilyProof(application_and_child=ApplicationAndChild(application_number=number, child_family_name=name))


def _by_code(
    context: PageContext,
    organization: Organization | None,
    *,
    sent_life: timedelta | None = None,
    is_dead: bool = False,
    asks_family: bool = False,
) -> Response:
    """`sent_life`: how long the code is valid that was just sent.

    `is_dead`: the code opened nothing, and another one can be sent to the same phone.
    """
    return context.render(
        "public/reset_by_code.html",
        organization=organization,
        realm=realm_path(realm_of(context)),
        is_dead=is_dead,
        sent_life=sent_life,
        asks_family=asks_family or _family_fields(context.form),
    )


def _family_fields(form: Form) -> bool:
    return any(form[name] for name in ("birth_date", "application_number", "child_family_name"))


async def show_reset(context: PageContext) -> Response:
    """A new password, by the link of an email; opening it uses nothing up."""
    return await _show(context, await organization_of(context), is_first=False)


async def reset(context: PageContext) -> Response:
    """Sets the new password with the link's token."""
    organization = await organization_of(context)
    request = ResetPasswordRequest(token=context.param("token"), new_password=context.form.raw("new_password"))
    try:
        result = await context.services.identity.ResetPassword(request)
    except ServiceError as error:
        return await _refused(context, organization, error, is_first=False)
    return await _signed_in(context, result, organization, "password-changed")


async def show_activation(context: PageContext) -> Response:
    """The first password of a login; opening the link uses nothing up."""
    return await _show(context, await organization_of(context), is_first=True)


async def activate(context: PageContext) -> Response:
    """Sets the first password."""
    organization = await organization_of(context)
    request = ActivateAccountRequest(token=context.param("token"), password=context.form.raw("password"))
    try:
        result = await context.services.identity.ActivateAccount(request)
    except ServiceError as error:
        return await _refused(context, organization, error, is_first=True)
    return await _signed_in(context, result, organization, "activated")


async def _show(context: PageContext, organization: Organization | None, *, is_first: bool) -> Response:
    found = await context.services.identity.CheckReset(CheckResetRequest(token=context.param("token")))
    link = choice(found, "status")
    return _new_password(context, organization, is_first=is_first, link=link, masked_username=found.masked_username)


def _new_password(
    context: PageContext, organization: Organization | None, *, is_first: bool, link: str, masked_username: str = ""
) -> Response:
    return context.render(
        "public/new_password.html",
        organization=organization,
        realm=realm_path(realm_of(context)),
        is_first=is_first,
        link=link,
        masked_username=masked_username,
        status=200 if link == "VALID" else 409,
    )


async def _refused(
    context: PageContext, organization: Organization | None, error: ServiceError, *, is_first: bool
) -> Response:
    if error.reason in DEAD_LINK:
        return _new_password(context, organization, is_first=is_first, link=DEAD_LINK[error.reason])
    if error.reason not in IN_THE_FORM:
        raise error
    context.form = context.form.refused(error, context.i18n)
    return await _show(context, organization, is_first=is_first)


async def _signed_in(
    context: PageContext, result: SignInResult, organization: Organization | None, flash: str
) -> Response:
    """Nobody types a password once more that was set a moment ago."""
    await context.sign_in(result, organization)
    return context.redirect(context.home, flash=flash)
