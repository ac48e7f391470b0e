"""Case managers are found by their company's name: a renamed company's people are brought up to it."""

from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Integer, Text, Uuid, bindparam, column, func, select, update

from casemanager.case_managers.storage import BY_BYTES, READER, case_managers, columns, found_by, people
from casemanager.companies.storage import companies
from casemanager.shared.deps import Deps
from chassis.db import statement

_CHUNK = 500
_IS_THEIRS = (
    case_managers.c.org_id == bindparam("org_id", type_=Uuid),
    case_managers.c.company_id == bindparam("company_id", type_=Uuid),
)

_STALE = statement(
    select(*columns)
    .select_from(people)
    .where(*_IS_THEIRS, case_managers.c.company_key != companies.c.name_key)
    .limit(bindparam("limit", type_=Integer)),
    into=READER,
)
_new = (
    func.unnest(
        bindparam("ids", type_=ARRAY(Uuid)),
        bindparam("versions", type_=ARRAY(BigInteger)),
        bindparam("all_spellings", type_=ARRAY(Text)),
        bindparam("all_keys", type_=ARRAY(Text)),
    )
    .table_valued(
        column("id", Uuid), column("version", BigInteger), column("spellings", Text), column("joined_keys", Text)
    )
    .render_derived(name="found_by")
)
# The profile itself stays as it is, its version too: nobody wrote to it. Whoever was written to meanwhile is read anew.
_REFRESH = statement(
    update(case_managers)
    .where(*_IS_THEIRS, case_managers.c.id == _new.c.id, case_managers.c.version == _new.c.version)
    .values(
        company_key=bindparam("company_key", type_=BY_BYTES),
        spellings=_new.c.spellings,
        search_keys=func.string_to_array(_new.c.joined_keys, " "),
    )
)


async def refresh_names(deps: Deps, org_id: UUID, company_id: UUID) -> None:
    """Brings everybody up to their company's name, in pieces; where it was interrupted, the next call goes on."""
    while stale := await deps.database.all(_STALE, org_id=org_id, company_id=company_id, limit=_CHUNK):
        entries = [found_by(person) for person in stale]
        await deps.database.run(
            _REFRESH,
            org_id=org_id,
            company_id=company_id,
            company_key=entries[0].company_key,
            ids=[person.id for person in stale],
            versions=[person.version for person in stale],
            all_spellings=[entry.spellings for entry in entries],
            all_keys=[" ".join(entry.search_keys) for entry in entries],
        )
