"""The names of an organization's own people, by account."""

from collections.abc import Iterable

from portico.identity.v1.accounts_pb2 import BatchGetColleaguesRequest

from chassis.errors import DeadlineExceeded, Unavailable
from portal.core.context import PageContext


async def names_of(context: PageContext, account_ids: Iterable[str]) -> dict[str, str] | None:
    """The names of those of these accounts that are colleagues; empty ids are passed over.

    None while identity does not answer: what they did is worth showing without them.
    """
    ids = sorted({*account_ids} - {""})
    if not ids:
        return {}
    try:
        found = await context.services.identity.BatchGetColleagues(BatchGetColleaguesRequest(account_ids=ids))
    except (Unavailable, DeadlineExceeded):
        return None
    return {colleague.id: colleague.display_name for colleague in found.colleagues}
