"""Why applications refuses; each reason stands in the contract's `ErrorReason`, with its code and an example."""

from chassis.errors import Conflict, Exhausted, InvalidArgument, NotFound


class ApplicationNotFound(NotFound):
    """No such application in the caller's organization, or none that the family is linked to."""

    reason = "APPLICATION_NOT_FOUND"
    message = "No such application."


class GuardianNotFound(NotFound):
    """No such guardian of this application."""

    reason = "GUARDIAN_NOT_FOUND"
    message = "No such guardian."


class OrganizationNotFound(NotFound):
    """The organization is not known here yet."""

    reason = "ORGANIZATION_NOT_FOUND"
    message = "No such organization."


class ContactInvalid(InvalidArgument):
    """An email address or phone number that cannot be one; the violations name the field."""

    reason = "CONTACT_INVALID"
    message = "A contact is not an email address or a phone number."


class AnswersTooLarge(InvalidArgument):
    """The answers pass the limit."""

    reason = "ANSWERS_TOO_LARGE"
    message = "The answers are too large."


class ActionNotAllowed(Conflict):
    """The action does not fit the link state; `metadata` tells the state and the actions that do."""

    reason = "ACTION_NOT_ALLOWED"
    message = "The action does not fit."


class MethodMissing(Conflict):
    """The guardian has no contact for the chosen method."""

    reason = "METHOD_MISSING"
    message = "The guardian has no contact for this method."


class InvitationUnknown(NotFound):
    """Token or code belong to no invitation."""

    reason = "INVITATION_UNKNOWN"
    message = "This invitation is not known."


class InvitationExpired(Conflict):
    """The invitation ran out; `metadata.expire_time` tells when."""

    reason = "INVITATION_EXPIRED"
    message = "This invitation has expired."


class InvitationUsed(Conflict):
    """The invitation was accepted, by another account."""

    reason = "INVITATION_USED"
    message = "This invitation was used."


class InvitationRevoked(Conflict):
    """Staff withdrew the invitation, or the contact changed."""

    reason = "INVITATION_REVOKED"
    message = "This invitation was withdrawn."


class InvitationReplaced(Conflict):
    """A newer invitation took its place."""

    reason = "INVITATION_REPLACED"
    message = "A newer invitation was sent."


class NumberMismatch(Conflict):
    """The code is one, but of an application with another number."""

    reason = "NUMBER_MISMATCH"
    message = "Code and application number do not belong together."


class CodeBlocked(Conflict):
    """Too many wrong numbers killed the code; its link lives."""

    reason = "CODE_BLOCKED"
    message = "This code was tried too often. Use the link, or ask for a new one."


class TooManyCodes(Exhausted):
    """Too many unknown codes from this address; `retry_after` says when the next may be tried."""

    reason = "TOO_MANY_CODES"
    message = "Too many codes that are not known. Try again later."


class UndoExpired(Conflict):
    """The unlink is too old, or the guardian was invited since."""

    reason = "UNDO_EXPIRED"
    message = "The unlink can no longer be undone."
