"""Administrators find logins: search, filters, pages; a row's menu says what can be done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from portico.identity.v1.login_users_pb2 import ListLoginUsersRequest, LoginUser
from starlette.responses import Response

from chassis.call import Role
from chassis.errors import DeadlineExceeded, Unavailable
from chassis.tasks import together
from portal.areas.people import labels
from portal.areas.people.login_actions import allowed_actions
from portal.core.context import PageContext
from portal.core.labels import ROLES
from portal.core.paging import ways
from portal.core.person_logins import case_managers_of, specialists_of
from portal.core.values import values_of

LIST = "/people"
PAGE = 25
LISTED_ROLES = (Role.STAFF_ADMIN, Role.STAFF, Role.CASE_MANAGER, Role.SPECIALIST)
"""Families are apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is looked for, as it stands in the address: names of roles and of states."""

    query: str = ""
    roles: Sequence[str] = ()
    states: Sequence[str] = ()

    @classmethod
    def of(cls, context: PageContext) -> "Chosen":
        """From the address; filters that there are not are passed over."""
        many = context.request.query_params.getlist
        return cls(
            query=context.query("query")[:100],
            roles=[role.name for role in LISTED_ROLES if role.name in many("role")],
            states=[state for state in labels.STATES if state in many("state")],
        )

    @property
    def is_filtered(self) -> bool:
        """Whether it is less than all logins."""
        return bool(self.query or self.roles or self.states)

    def address(self, **changes: str) -> str:
        """The list with something changed, from its first page on."""
        asked = {"query": self.query, "role": self.roles, "state": self.states, **changes}
        query = urlencode({name: value for name, value in asked.items() if value}, doseq=True)
        return f"{LIST}?{query}" if query else LIST


async def show(context: PageContext) -> Response:
    """The table; where a page has nothing any more, the first one."""
    chosen = Chosen.of(context)
    found = await context.services.identity.ListLoginUsers(
        ListLoginUsersRequest(
            page_size=PAGE,
            page_token=context.query("page"),
            query=chosen.query,
            roles=[Role[role].value for role in chosen.roles],  # type: ignore[misc] # the same numbers
            states=[LoginUser.State.Value(state) for state in chosen.states],
        )
    )
    if context.query("page") and not found.login_users:
        return context.redirect(chosen.address())
    return context.render(
        "people/logins.html",
        labels=labels,
        allowed_actions=allowed_actions,
        found=found,
        **await holders_of(context, found.login_users),
        chosen=chosen,
        ways=ways(found, chosen.address, context.i18n),
        role_options=_options(chosen.roles, {role.name: ROLES[role] for role in LISTED_ROLES}, context),
        state_options=_options(chosen.states, labels.STATES, context),
    )


async def holders_of(context: PageContext, users: Iterable[LoginUser]) -> dict[str, Any]:
    """Who stands behind the logins of case managers and specialists, by account; nobody while that cannot be asked."""
    accounts = [user.account for user in users]
    try:
        case_managers, specialists, values = await together(
            case_managers_of(context, [each.id for each in accounts if each.role == Role.CASE_MANAGER.value]),
            specialists_of(context, [each.id for each in accounts if each.role == Role.SPECIALIST.value]),
            values_of(context),
        )
    except (Unavailable, DeadlineExceeded):
        return {"case_managers": {}, "specialists": {}}
    return {"case_managers": case_managers, "specialists": specialists, "values": values}


def _options(
    chosen: Sequence[str], words: Mapping[str, str], context: PageContext
) -> list[tuple[str, str, bool, str | None]]:
    """Chips: the value, its words, whether it is chosen; nobody counts them."""
    return [(value, context.i18n(said), value in chosen, None) for value, said in words.items()]
