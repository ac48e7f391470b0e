"""What casemanager does, one function for each decision."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar
from uuid import UUID

from google.protobuf.message import Message
from portico_errors.casemanager import CompanyNameTaken, CompanyNotFound
from psycopg.errors import UniqueViolation

from casemanager.companies.events import company_created
from casemanager.companies.storage import COMPANIES_AFTER, COMPANY_BY_ID, NEW_COMPANY, Company
from chassis.call import Call
from chassis.clock import Clock
from chassis.db import Database
from chassis.ids import Ids
from chassis.paging import PageTokens
from chassis.transition import create

M = TypeVar("M", bound=Message)

USUAL_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What the use cases need of the world."""

    database: Database
    clock: Clock
    ids: Ids
    page_tokens: PageTokens


async def enter_company(deps: Deps, call: Call, *, name: str, reply: Callable[[Company], M], reply_type: type[M]) -> M:
    """Enters a company; `CompanyNameTaken` when the organization has one of this name, whatever its case."""
    company = Company(
        org_id=call.org_id,
        id=deps.ids(),
        name=name.strip(),
        name_key=name.strip().casefold(),
        created_at=deps.clock(),
        version=1,
    )
    try:
        return await create(
            deps.database,
            call,
            org_id=call.org_id,
            save=NEW_COMPANY,
            params=asdict(company),
            events=[company_created(company, event_id=deps.ids())],
            reply=reply(company),
            reply_type=reply_type,
        )
    except UniqueViolation as error:
        raise CompanyNameTaken from error


async def find_company(deps: Deps, *, org_id: UUID, company_id: UUID) -> Company:
    """Returns a company; `CompanyNotFound` for another organization's."""
    company = await deps.database.first(COMPANY_BY_ID, org_id=org_id, id=company_id)
    if company is None:
        raise CompanyNotFound
    return company


async def list_companies(deps: Deps, *, org_id: UUID, page_size: int, page_token: str) -> tuple[Sequence[Company], str]:
    """A page of companies by name, and the token of the next one, empty on the last."""
    bound_to = f"companies/{org_id}"
    size = page_size or USUAL_PAGE
    after = deps.page_tokens.decode(page_token, bound_to=bound_to)[0] if page_token else None
    found = await deps.database.all(COMPANIES_AFTER, org_id=org_id, after=after, limit=size + 1)
    page = found[:size]
    more = len(found) > size
    return page, deps.page_tokens.encode([page[-1].name_key], bound_to=bound_to) if more else ""
