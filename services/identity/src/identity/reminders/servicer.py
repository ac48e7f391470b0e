"""For people who do not know any more where they sign in."""

from google.protobuf.empty_pb2 import Empty
from portico.identity.v1 import reminders_pb2 as pb
from portico.identity.v1.reminders_pb2_grpc import RemindersServiceServicer

from chassis.contacts import normalise_email
from chassis.errors import FieldViolation, InvalidArgument
from chassis.interceptor import Context
from identity.reminders.usecases import Reminders


class RemindersServicer(RemindersServiceServicer):
    """For people."""

    def __init__(self, reminders: Reminders) -> None:
        self._reminders = reminders

    async def SendMyOrganizations(self, request: pb.SendMyOrganizationsRequest, context: Context) -> Empty:
        self._reminders.ask(_email(request.email))
        return Empty()


def _email(written: str) -> str:
    """The address in its one form; InvalidArgument for what is none, whoever has accounts."""
    try:
        return normalise_email(written)
    except ValueError:
        violation = FieldViolation(
            field="email",
            reason="EMAIL_INVALID",
            description="must be an email address",
            localized={"es": "No es un correo electrónico."},
        )
        raise InvalidArgument(violations=[violation]) from None
