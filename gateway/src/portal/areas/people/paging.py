"""The ways from one page of a list to those beside it, where nobody counts how many there are."""

from collections.abc import Callable

from portico.identity.v1.audit_pb2 import ListAuditEventsResponse
from portico.identity.v1.login_users_pb2 import ListLoginUsersResponse

from portal.core.i18n import N_, I18n


def ways(
    found: ListLoginUsersResponse | ListAuditEventsResponse, address: Callable[..., str], i18n: I18n
) -> list[tuple[str, str]]:
    """Addresses and their words: to the page before and to the next one; `address(page=…)` is the list at a page."""
    tokens = ((found.previous_page_token, N_("Previous page")), (found.next_page_token, N_("Next page")))
    return [(address(page=token), i18n(words)) for token, words in tokens if token]
