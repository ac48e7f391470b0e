"""An administrator makes a login for a colleague, who sets the password by the activation message."""

from portico.identity.v1.login_users_pb2 import CreateLoginUserRequest
from starlette.responses import Response

from chassis.call import Role
from chassis.errors import ServiceError
from portal.areas.people.login import LOGIN, taken
from portal.core.context import PageContext
from portal.core.i18n import LANGUAGES
from portal.core.labels import ROLES

STAFF_ROLES = (Role.STAFF, Role.STAFF_ADMIN)


async def ask(context: PageContext) -> Response:
    """The empty form, or what was typed before."""
    return _page(context)


async def create(context: PageContext) -> Response:
    """Makes it, and shows it; what is wrong stands beside its field."""
    form = context.form
    role = Role.STAFF_ADMIN if form["role"] == Role.STAFF_ADMIN.name else Role.STAFF
    request = CreateLoginUserRequest(
        request_id=form["request_id"],
        role=role.value,  # type: ignore[arg-type] # the same numbers
        username=form["username"],
        display_name=form["display_name"],
        language=form["language"] if form["language"] in LANGUAGES else context.i18n.language,
    )
    try:
        account = await context.services.identity.CreateLoginUser(request)
    except ServiceError as error:
        if error.reason not in {"USERNAME_INVALID", "USERNAME_TAKEN", "INVALID_REQUEST"}:
            raise
        context.form, taken_by = taken(context, error)
        return _page(context, taken_by=taken_by)
    return context.redirect(f"{LOGIN}/{account.id}", flash="login-created")


def _page(context: PageContext, *, taken_by: str = "") -> Response:
    """`taken_by`: where the login is that has the username already."""
    chosen = context.form["role"] or Role.STAFF.name
    return context.render(
        "people/new_login.html",
        taken_by=taken_by,
        role_options=[(role.name, context.i18n(ROLES[role]), role.name == chosen) for role in STAFF_ROLES],
        language=context.form["language"] or context.i18n.language,
    )
