"""The names of an organization's own people, by account."""

from collections.abc import Iterable, Sequence

from portico.identity.v1.accounts_pb2 import BatchGetColleaguesRequest, ListColleaguesRequest
from portico.identity.v1.resources_pb2 import Colleague

from chassis.errors import DeadlineExceeded, Unavailable
from portal.core.context import PageContext
from portal.core.i18n import N_


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


async def all_colleagues(context: PageContext) -> Sequence[Colleague]:
    """Everybody on the staff who can sign in, by name: who may be chosen for something."""
    found: list[Colleague] = []
    request = ListColleaguesRequest(page_size=200)
    while True:
        page = await context.services.identity.ListColleagues(request)
        found += page.colleagues
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


def colleague_choices(colleagues: Sequence[Colleague], chosen: str, context: PageContext) -> list[tuple[str, str]]:
    """For a form: nobody, everybody, and whoever is chosen but can no longer sign in."""
    choices = [("", context.i18n(N_("nobody"))), *((each.id, each.display_name) for each in colleagues)]
    is_known = chosen in dict(choices)
    return choices if is_known else [*choices, (chosen, context.i18n(N_("a former colleague")))]
