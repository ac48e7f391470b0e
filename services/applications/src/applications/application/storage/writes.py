"""The writes that the saves are put together from; each happens only together with its target."""

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Delete,
    Insert,
    Update,
    Uuid,
    bindparam,
    column,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.types import SmallInteger, Text

from applications.application.storage.tables import applications, family_names, guardians, invitations, unlink_notices
from chassis.columns import INSTANT

APPLICATION_CHANGES = tuple(
    str(column.name)
    for column in applications.c
    if column.name not in {"org_id", "id", "serial", "number", "children", "answers", "create_time"}
)
GUARDIAN_CHANGES = tuple(
    str(column.name) for column in guardians.c if column.name not in {"org_id", "id", "application_id", "position"}
)
NEW_INVITATION = (
    *("id", "application_id", "guardian_id", "method", "contact"),
    *("token_hash", "code_hash", "by_family", "create_time", "expire_time"),
)

_org_id = bindparam("org_id", type_=Uuid)
_is_loaded_version = (
    guardians.c.org_id == _org_id,
    guardians.c.id == bindparam("guardian_id"),
    guardians.c.version == bindparam("loaded_version"),
)
CHANGE_APPLICATION = (
    update(applications)
    .where(
        applications.c.org_id == _org_id,
        applications.c.id == bindparam("application_id"),
        applications.c.version == bindparam("loaded_version"),
    )
    .values({name: bindparam(f"application_{name}") for name in APPLICATION_CHANGES})
    .returning(applications.c.id)
)
"""The target of a change of the application itself: hits no row when it has changed since it was loaded."""
CHANGE_GUARDIAN = (
    update(guardians)
    .where(*_is_loaded_version)
    .values({name: bindparam(f"guardian_{name}") for name in GUARDIAN_CHANGES})
    .returning(guardians.c.id)
)
"""The target of a change of a guardian: hits no row when the guardian has changed since they were loaded."""


def _end_invitation(target: CTE) -> Update:
    """The invitation that a decision ended, if any; one that has ended before stays as it is."""
    return (
        update(invitations)
        .where(
            invitations.c.org_id == _org_id,
            invitations.c.id == bindparam("ended_id", type_=Uuid),
            invitations.c.end_time.is_(None),
            exists().select_from(target),
        )
        .values(
            outcome=bindparam("ended_outcome", type_=SmallInteger),
            end_time=bindparam("ended_end_time", type_=INSTANT),
            open_time=func.coalesce(invitations.c.open_time, bindparam("ended_open_time", type_=INSTANT)),
        )
    )


def add_invitation(target: CTE, *also: ColumnElement[bool]) -> Insert:
    """The new invitation, if any."""
    values = [bindparam(f"invitation_{name}", type_=invitations.c[name].type) for name in NEW_INVITATION]
    return insert(invitations).from_select(
        ["org_id", *NEW_INVITATION],
        select(_org_id, *values).where(values[0].is_not(None), exists().select_from(target), *also),
    )


def replace_invitation(target: CTE) -> Insert:
    """The new invitation in place of the one that the decision ended."""
    # Counted, so that the old one has ended before the new one comes: a guardian has one open invitation.
    ended = _end_invitation(target).returning(invitations.c.id).cte("ended")
    return add_invitation(target, select(func.count()).select_from(ended).scalar_subquery() >= 0)


def add_names(target: CTE) -> Insert:
    """What the search finds the guardians by."""
    texts = [column(name, Text) for name in ("plain", "spellings", "keys")]
    names = [column("guardian_id", Uuid), column("position", SmallInteger), *texts]
    arrays = [bindparam(f"names_{name.name}", type_=ARRAY(name.type)) for name in names]
    rows = func.unnest(*arrays).table_valued(*names).render_derived(name="names")
    return insert(family_names).from_select(
        ["org_id", "application_id", "guardian_id", "position", "plain", "spellings", "search_keys"],
        select(
            _org_id,
            bindparam("id", type_=Uuid),
            *(rows.c.guardian_id, rows.c.position, rows.c.plain, rows.c.spellings),
            func.string_to_array(rows.c["keys"], " "),
        ).where(exists().select_from(target)),
    )


def change_name(target: CTE) -> Update:
    """What the search finds a guardian by: dear to write, so only where names or contacts are others; else null."""
    return (
        update(family_names)
        .where(
            family_names.c.org_id == _org_id,
            family_names.c.guardian_id == bindparam("guardian_id", type_=Uuid),
            bindparam("name_plain", type_=Text).is_not(None),
            exists().select_from(target),
        )
        .values(
            plain=bindparam("name_plain", type_=Text),
            spellings=bindparam("name_spellings", type_=Text),
            search_keys=bindparam("name_keys", type_=ARRAY(Text)),
        )
    )


def add_notice(target: CTE) -> Insert:
    """Whom to tell of an unlink, and when; nobody without an id."""
    columns = ("id", "account_id", "username", "due_time")
    values = [bindparam(f"notice_{name}", type_=unlink_notices.c[name].type) for name in columns]
    return insert(unlink_notices).from_select(
        ["org_id", *columns, "guardian_id"],
        select(_org_id, *values, bindparam("guardian_id", type_=Uuid)).where(
            values[0].is_not(None), exists().select_from(target)
        ),
    )


def drop_notice(target: CTE) -> Delete:
    """Nobody is told of an unlink who is linked again."""
    return delete(unlink_notices).where(
        unlink_notices.c.org_id == _org_id,
        unlink_notices.c.guardian_id == bindparam("guardian_id", type_=Uuid),
        unlink_notices.c.account_id == bindparam("linked_account_id", type_=Uuid),
        unlink_notices.c.send_time.is_(None),
        exists().select_from(target),
    )
