"""What the use cases of resets are handed."""

from dataclasses import dataclass

from portico.applications.v1.stub import ApplicationsStub

from identity.resets.messages import Messages
from identity.sessions import deps as sessions


@dataclass(frozen=True, slots=True)
class Deps(sessions.Deps):
    """Everything outside of a use case: also the messages to people, and the neighbour who knows families."""

    messages: Messages
    applications: ApplicationsStub
