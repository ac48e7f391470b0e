"""A row as staff read it."""

from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from applications.application.domain.invitation import Method
from applications.batches.domain.batch import Outcome


class Delivery(IntEnum):
    """What became of the message of an invited row; the numbers are the contract's."""

    WAITING = 1
    SENT = 2
    UNDELIVERABLE = 3
    NOT_SENT = 4
    OPENED = 5
    ACCEPTED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRow:
    """A row with what its application, its guardian and its invitation say now.

    `contact` is where the message went or would go, empty when nowhere; `duplicate_of` the number of the application
    whose row has the same contact, or empty; `delivery` is there for an invited row alone.
    """

    position: int
    application_id: UUID
    number: str
    guardian_id: UUID
    given_name: str
    family_name: str
    outcome: Outcome
    method: Method | None
    contact: str
    reason: str
    changed_outcome: Outcome | None
    duplicate_of: str
    delivery: Delivery | None
    failed_before: bool
    suggested_domain: str
