"""What else waits for a family: invitations to a contact that it proved, in the organization that it proved it to."""

from sqlalchemy import Integer, Select, Uuid, bindparam, or_

from applications.application.domain.invitation import InvitationOutcome
from applications.application.storage.tables import guardians, invitations
from applications.claims.storage.proofs import SHOWN, shown_rows
from chassis.columns import INSTANT
from chassis.db import statement

_mine, _proof = guardians.alias("mine"), invitations.alias("proof")


def _to_proven_contacts() -> Select[tuple[object, ...]]:
    """Invitations to contacts by which the account came in after a moment, each once."""
    return (
        shown_rows(
            _mine.c.account_id == bindparam("account_id", type_=Uuid),
            _mine.c.unlink_time.is_(None),
            _proof.c.outcome == InvitationOutcome.ACCEPTED.value,
            _proof.c.end_time > bindparam("proven_after", type_=INSTANT),
            invitations.c.contact == _proof.c.contact,
        )
        .join(_mine, _mine.c.org_id == invitations.c.org_id)
        .join(_proof, (_proof.c.org_id == _mine.c.org_id) & (_proof.c.id == _mine.c.invitation_id))
        .distinct()
    )


LIST_OFFERS = statement(
    _to_proven_contacts()
    .where(
        invitations.c.id == guardians.c.invitation_id,
        invitations.c.end_time.is_(None),
        invitations.c.expire_time > bindparam("now", type_=INSTANT),
        # By the indexes on a guardian's contacts: a change of contact ends the invitation.
        or_(guardians.c.email == _proof.c.contact, guardians.c.phone == _proof.c.contact),
    )
    .order_by(invitations.c.expire_time, invitations.c.id)
    .limit(bindparam("limit", type_=Integer)),
    into=SHOWN,
)
"""Those that can be accepted, the one that ends first first."""

FIND_OFFER = statement(
    _to_proven_contacts().where(invitations.c.id == bindparam("invitation_id", type_=Uuid)), into=SHOWN
)
"""One of them, whatever it is worth by now."""
