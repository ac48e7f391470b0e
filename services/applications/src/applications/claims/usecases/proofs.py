"""What somebody shows to hold an invitation: the link's token, or the code and the number that they typed."""

from dataclasses import dataclass

from portico_errors.applications import CodeBlocked, NumberMismatch, TooManyCodes

from applications.application.domain.invitation import (
    CODE_LENGTH,
    MAX_ADDRESS_TRIES,
    MAX_NETWORK_TRIES,
    MAX_UNKNOWN_CODES,
    TRIES_WINDOW,
)
from applications.application.domain.names import is_same_number
from applications.application.keys import code_hash, token_hash
from applications.claims.storage.attempts import COUNT_TRY
from applications.claims.storage.proofs import (
    COUNT_NUMBER,
    FIND_BY_CODE,
    FIND_BY_TOKEN,
    NOTE_FETCH,
    NOTE_OPENING,
    ShownInvitation,
)
from applications.shared.deps import Deps
from chassis import telemetry
from chassis.call import FAMILY_ORG, Call
from chassis.networks import NEIGHBOURHOOD, network_of
from chassis.secrets import org_of, read_code

_log = telemetry.logger(__name__)
_refused = telemetry.METER.create_counter(
    "codes.refused",
    description="Typed codes that were refused whatever they were: an address or its network has tried too many.",
)


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
    answered, so that a burst learns no more than one after the other would. After too many unknown codes a wrong number
    counts against the address, too, and not against the code: who guesses there learns of no code, and kills none.
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
    # Two invitations with one code are as likely as 2**-50; the number then tells them apart.
    shown = next((each for each in found if is_same_number(typed.number, each.number)), None)
    opens = shown is not None and (dead_code_opens or not shown.invitation.is_code_dead)
    await _count_try(deps, call, is_unknown=not found, opens=opens)
    if not found:
        return None
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


async def _count_try(deps: Deps, call: Call, *, is_unknown: bool, opens: bool) -> None:
    """Raises TooManyCodes, in equal time and words for all that the caller's address has no answer to any more."""
    now = deps.clock()
    since = now - TRIES_WINDOW
    address = call.caller.address
    [tries] = await deps.database.all(
        COUNT_TRY,
        org_id=FAMILY_ORG,
        address_hash=deps.hashes("address", network_of(address)),
        network_hash=deps.hashes("network", network_of(address, NEIGHBOURHOOD)),
        counts_from=0 if is_unknown else MAX_ADDRESS_TRIES if opens else MAX_UNKNOWN_CODES,
        since=since,
        now=now,
    )
    if tries.is_counted and (tries.address == MAX_ADDRESS_TRIES - 1 or tries.network == MAX_NETWORK_TRIES - 1):
        _log.error("codes.bound_reached", of_address=tries.address + 1, of_network=tries.network + 1)
    if tries.address >= MAX_ADDRESS_TRIES or tries.network >= MAX_NETWORK_TRIES:
        _refused.add(1)
    elif opens or tries.address < MAX_UNKNOWN_CODES:
        return
    raise TooManyCodes(retry_after=(tries.oldest_time or now) - since)
