"""Sending people what sets their first password."""

from collections.abc import Sequence
from datetime import datetime

from chassis.outbox import OutboxEvent
from chassis.secrets import opaque_token
from identity.accounts.domain import Change, Purpose
from identity.organizations.domain import Organization
from identity.resets.deps import Deps
from identity.resets.domain import ACTIVATION_LIFE
from identity.resets.usecases.passwords import new_proof, token_hash


class Activation:
    """A link for the first password, and the message that carries it."""

    def __init__(self, deps: Deps, organization: Organization, *, requester: bytes | None = None) -> None:
        """`requester` is the `network_hash` of a stranger who asked for it, None when staff or a service did."""
        self._deps, self._organization = deps, organization
        self._token = opaque_token(organization.org_id)
        secret_hash = token_hash(deps, Purpose.ACTIVATION, self._token)
        self.proof = new_proof(deps, Purpose.ACTIVATION, secret_hash, life=ACTIVATION_LIFE, requester=requester)

    def told(self, change: Change, now: datetime) -> Sequence[OutboxEvent]:
        """The message, where the change brought the link."""
        if change.proof is None:
            return []
        return [self._deps.messages.activation(change, self._organization, self._token, now=now)]
