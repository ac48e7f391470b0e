"""Who calls, by the metadata of the call, the peer's certificate and the verified token."""

from collections.abc import Mapping

from chassis.call import Caller
from chassis.tokens import Person

FRONT = frozenset({"gateway", "portal"})
"""Who may state a client's address; everybody else's word for it is ignored."""

_LANGUAGES = ("en", "es")


def caller_of(peer: str, metadata: Mapping[str, str], person: Person | None) -> Caller:
    """The caller; a client's address and user agent are those that the front states."""
    front = peer in FRONT
    address = metadata.get("x-portico-client-address", "") if front else ""
    user_agent = metadata.get("x-portico-user-agent", metadata.get("user-agent", "")) if front else ""
    language = language_of(metadata.get("accept-language", ""))
    if person is None:
        return Caller(service=peer, address=address, user_agent=user_agent, language=language)
    return Caller(
        service=peer,
        account_id=person.account_id,
        org_id=person.org_id,
        role=person.role,
        session_id=person.session_id,
        address=address,
        user_agent=user_agent,
        language=language,
    )


def bearer(metadata: Mapping[str, str]) -> str | None:
    """The bearer token; None without one."""
    scheme, _, token = metadata.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else None


def language_of(accepted: str) -> str:
    """The best of our languages for an `Accept-Language` header; the order in the header stands for the preference."""
    for part in accepted.lower().split(","):
        tag = part.partition(";")[0].strip()[:2]
        if tag in _LANGUAGES:
            return tag
    return _LANGUAGES[0]
