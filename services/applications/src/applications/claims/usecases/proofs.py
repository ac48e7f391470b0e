"""What somebody shows to hold an invitation: the link's token, or the code and the number that they typed."""

from dataclasses import dataclass

from portico_errors.applications import CodeBlocked, NumberMismatch, TooManyCodes

from applications.application.domain.invitation import CODE_LENGTH, UNKNOWN_CODES_WINDOW
from applications.application.domain.names import is_same_number
from applications.application.keys import code_hash, token_hash
from applications.claims.storage.attempts import COUNT_ATTEMPT, RECENT_ATTEMPTS
from applications.claims.storage.proofs import (
    COUNT_NUMBER,
    FIND_BY_CODE,
    FIND_BY_TOKEN,
    NOTE_FETCH,
    NOTE_OPENING,
    ShownInvitation,
)
from applications.shared.deps import Deps
from chassis.call import FAMILY_ORG, Call
from chassis.networks import network_of
from chassis.secrets import org_of, read_code


@dataclass(frozen=True, slots=True)
class Token:
    """From the link."""

    token: str


@dataclass(frozen=True, slots=True)
class TypedCode:
    """Typed by a person, together with the number of the application."""

    code: str
    number: str


Proof = Token | TypedCode


async def find_invitation(
    deps: Deps, call: Call, proof: Proof, *, dead_code_opens: bool = False
) -> ShownInvitation | None:
    """The invitation that the proof belongs to, whatever it is worth; None when it belongs to none.

    A wrong number counts against the code, an unknown code against the caller's address: first it is counted, and then
    answered, so that a burst learns no more than one after the other would.
    Raises NumberMismatch, TooManyCodes, and CodeBlocked for a dead code unless that opens something, too.
    """
    match proof:
        case Token(token):
            return await _by_token(deps, token)
        case TypedCode():
            return await _by_code(deps, call, proof, dead_code_opens=dead_code_opens)


async def note_fetch(deps: Deps, shown: ShownInvitation) -> None:
    """Writes down that the link was fetched, by a person or a machine: the first time only."""
    if not shown.is_fetched:
        await deps.database.run(
            NOTE_FETCH,
            org_id=shown.org_id,
            invitation_id=shown.invitation.id,
            now=deps.clock(),
            entry_id=deps.ids(),
        )


async def note_opening(deps: Deps, shown: ShownInvitation) -> None:
    """Writes down that a person acted on the invitation: the first time only."""
    if shown.invitation.open_time is None:
        await deps.database.run(
            NOTE_OPENING,
            org_id=shown.org_id,
            invitation_id=shown.invitation.id,
            now=deps.clock(),
            entry_id=deps.ids(),
        )


async def _by_token(deps: Deps, token: str) -> ShownInvitation | None:
    try:
        org_id = org_of(token)
    except ValueError:
        return None
    return await deps.database.first(FIND_BY_TOKEN, org_id=org_id, token_hash=token_hash(deps, token))


async def _by_code(deps: Deps, call: Call, typed: TypedCode, *, dead_code_opens: bool) -> ShownInvitation | None:
    code = read_code(typed.code, CODE_LENGTH)
    if code is None:
        return None
    found = await deps.database.all(FIND_BY_CODE, code_hash=code_hash(deps, code))
    await _count_attempt(deps, call, is_unknown=not found)
    if not found:
        return None
    # Two invitations with one code are as likely as 2**-50; the number then tells them apart.
    shown = next((each for each in found if is_same_number(typed.number, each.number)), None)
    tried = shown or found[0]
    is_alive = await deps.database.first(
        COUNT_NUMBER,
        org_id=tried.org_id,
        invitation_id=tried.invitation.id,
        wrong=int(shown is None),
        now=deps.clock(),
        entry_id=deps.ids(),
    )
    if not is_alive and not (shown and dead_code_opens):
        raise CodeBlocked()
    if shown is None:
        raise NumberMismatch()
    return shown


async def _count_attempt(deps: Deps, call: Call, *, is_unknown: bool) -> None:
    """Raises TooManyCodes when the address has used up its tries, whatever code it was."""
    now = deps.clock()
    since = now - UNKNOWN_CODES_WINDOW
    address: dict[str, object] = {
        "org_id": FAMILY_ORG,
        "address_hash": deps.hashes("address", network_of(call.caller.address)),
    }
    unknown = [now] if is_unknown else []
    if not await deps.database.first(COUNT_ATTEMPT, **address, unknown=unknown, since=since, now=now):
        times = await deps.database.first(RECENT_ATTEMPTS, **address) or ()
        oldest = next((time for time in times if time > since), now)
        raise TooManyCodes(retry_after=oldest - since)
