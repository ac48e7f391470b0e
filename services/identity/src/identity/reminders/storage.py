"""In which realms an address is a username."""

from sqlalchemy import BigInteger, SmallInteger, bindparam, literal, select

from chassis.db import statement
from identity.accounts.domain import Status
from identity.accounts.storage import accounts
from identity.organizations.storage import organizations
from identity.reminders.domain import SignIn

LIST_SIGN_INS = statement(
    select(organizations.c.slug, organizations.c.name, accounts.c.language)
    .join_from(accounts, organizations, organizations.c.org_id == accounts.c.org_id)
    .where(
        accounts.c.username == bindparam("username"),
        accounts.c.status != literal(Status.DISABLED, SmallInteger),
    )
    .order_by(accounts.c.last_login_time.desc().nulls_last(), accounts.c.create_time.desc(), accounts.c.org_id)
    .limit(bindparam("limit", type_=BigInteger)),
    into=SignIn,
    cross_tenant="Who forgot the organization is known by an address alone, and is told by that address alone.",
)
"""That of the latest sign-in first; what is disabled is not told."""
