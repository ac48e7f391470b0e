"""Why notifications refuses; each reason stands in `ErrorReason` of the contract with the same code."""

from chassis.errors import AlreadyExists, Conflict, InvalidArgument, NotFound


class RequestInvalid(InvalidArgument):
    """The request contradicts itself, or holds what no text holds."""


class TemplateNotFound(NotFound):
    """No template with this key for the channel."""

    reason = "TEMPLATE_NOT_FOUND"
    message = "No such template."


class TemplateValuesInvalid(InvalidArgument):
    """A declared value is missing or malformed, or an undeclared one is there."""

    reason = "TEMPLATE_VALUES_INVALID"
    message = "The values are not those that the template declares."


class RecipientInvalid(InvalidArgument):
    """The address is not one of its channel."""

    reason = "RECIPIENT_INVALID"
    message = "The recipient's address is not one of its channel."


class SealedValuesUnreadable(InvalidArgument):
    """The sealed box does not open with this service's key."""

    reason = "SEALED_VALUES_UNREADABLE"
    message = "The sealed values cannot be opened."


class IdempotencyKeyReused(AlreadyExists):
    """The key belongs to a message with another body."""

    reason = "IDEMPOTENCY_KEY_REUSED"
    message = "The idempotency key belongs to another message."


class SmsTooLong(InvalidArgument):
    """The text would take more parts than allowed."""

    reason = "SMS_TOO_LONG"
    message = "The text takes too many SMS parts."


class MessageNotFound(NotFound):
    """No such message in the caller's organization."""

    reason = "MESSAGE_NOT_FOUND"
    message = "No such message."


class DeadLetterNotFound(NotFound):
    """No such dead letter."""

    reason = "DEAD_LETTER_NOT_FOUND"
    message = "No such dead letter."


class DeadLetterNotRedrivable(Conflict):
    """Its time is over, or its secret is gone."""

    reason = "DEAD_LETTER_NOT_REDRIVABLE"
    message = "What this message says is no longer valid; ask for a new one."
