"""An account on the wire."""

from portico.identity.v1 import resources_pb2 as res
from portico.options.v1 import options_pb2

from chassis.wire import timestamp
from identity.accounts.domain import Account, Colleague
from identity.organizations.domain import Organization


def account_message(account: Account, organization: Organization) -> res.Account:
    """An account as people and services see it."""
    return res.Account(
        id=str(account.id),
        realm=organization.slug,
        role=options_pb2.Role.ValueType(account.role),
        username=account.username,
        display_name=account.display_name,
        language=account.language,
        status=res.Account.Status.ValueType(account.status),
        create_time=timestamp(account.create_time),
        activate_time=timestamp(account.activate_time),
        last_login_time=timestamp(account.last_login_time),
    )


def colleague_message(colleague: Colleague) -> res.Colleague:
    """A member of the staff, as the others of the staff know them."""
    return res.Colleague(id=str(colleague.id), display_name=colleague.display_name)
