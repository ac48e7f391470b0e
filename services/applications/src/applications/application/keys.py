"""The secrets of an invitation: made here, and known in the clear nowhere else."""

from uuid import UUID

from applications.application.domain.invitation import CODE_LENGTH, Keys
from applications.shared.deps import Deps
from chassis.secrets import opaque_token, typed_code


def new_keys(deps: Deps, org_id: UUID) -> Keys:
    """A token and a code that nobody has seen: hashed for the database, sealed for the message."""
    token, code = opaque_token(org_id), typed_code(CODE_LENGTH)
    return Keys(
        token_hash=token_hash(deps, token),
        code_hash=code_hash(deps, code),
        sealed=deps.sealer.seal({"link": f"{deps.public_url}/i/{token}", "code": code}),
    )


def token_hash(deps: Deps, token: str) -> bytes:
    """What an invitation's token is known by."""
    return deps.hashes("invitation token", token)


def code_hash(deps: Deps, code: str) -> bytes:
    """What an invitation's code, in its one form, is known by."""
    return deps.hashes("invitation code", code)
