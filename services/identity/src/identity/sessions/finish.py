"""The one way to a session: whoever has proven to be an account's person, however they did it, ends here."""

from dataclasses import dataclass
from uuid import UUID

from chassis.call import Call
from identity.accounts.domain import Account, Method, Session
from identity.organizations.domain import Organization
from identity.sessions.deps import Deps
from identity.sessions.domain import LIVES, SignedIn
from identity.sessions.tokens import RefreshToken
from identity.shared.audit.usecases import device_of


@dataclass(frozen=True, slots=True)
class FinishedSignIn:
    """A sign-in that is decided: `session` is saved beside the change of the account, then `answer` is given."""

    session: Session
    _deps: Deps
    _organization: Organization
    _device_id: UUID

    def answer(self, account: Account) -> SignedIn:
        """The person with the first pair of tokens, and what makes this device known."""
        device_token = self._deps.device_tokens.write(
            account_id=account.id, device_id=self._device_id, now=self.session.create_time
        )
        return signed_in_with(self._deps, account, self._organization, self.session, device_token=device_token)


def finish_sign_in(
    deps: Deps,
    call: Call,
    account: Account,
    organization: Organization,
    method: Method,
    *,
    device_id: UUID | None = None,
) -> FinishedSignIn:
    """Lets a session begin on the caller's device; `device_id` when that was known before."""
    now = deps.clock()
    session = Session(
        org_id=account.org_id,
        id=deps.ids(),
        account_id=account.id,
        method=method,
        generation=0,
        presented_generation=-1,
        device=device_of(call),
        address=call.caller.address,
        create_time=now,
        rotate_time=now,
        expire_time=LIVES[account.role].end(create_time=now, now=now),
    )
    return FinishedSignIn(session, deps, organization, device_id or deps.ids())


def signed_in_with(
    deps: Deps, account: Account, organization: Organization, session: Session, *, device_token: str = ""
) -> SignedIn:
    """The tokens of the session's present generation."""
    access_token, access_expire_time = deps.signer.access_token(account, session_id=session.id, now=deps.clock())
    token = RefreshToken(org_id=session.org_id, session_id=session.id, generation=session.generation)
    return SignedIn(
        account=account,
        organization=organization,
        access_token=access_token,
        access_expire_time=access_expire_time,
        refresh_token=deps.refresh_tokens.write(token),
        refresh_expire_time=session.expire_time,
        device_token=device_token,
    )
