"""Specialists of a provider that identity knows, their logins, and what each may ask."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from google.protobuf.message import Message
from portico.casemanager.v1 import schedule_resources_pb2 as res
from portico.casemanager.v1 import specialist_logins_pb2 as logins
from portico.casemanager.v1 import specialists_pb2 as pb

from chassis.call import Role
from chassis.ids import new_id
from chassis.testing.grpc import Metadata
from identity.resets.usecases.passwords import activate_account
from services.casemanager.tests.practice import Practice
from services.casemanager.tests.world import PASSWORD, STRANGER, World, token_in

_REQUESTS: dict[str, type[Message]] = {
    "EnableSpecialistLogin": logins.EnableSpecialistLoginRequest,
    "DisableSpecialistLogin": logins.DisableSpecialistLoginRequest,
    "ResendSpecialistActivation": logins.ResendSpecialistActivationRequest,
    "SendSpecialistPasswordReset": logins.SendSpecialistPasswordResetRequest,
    "DeactivateSpecialist": pb.DeactivateSpecialistRequest,
    "ActivateSpecialist": pb.ActivateSpecialistRequest,
    "GetSpecialist": pb.GetSpecialistRequest,
}


@dataclass(frozen=True)
class Doctors:
    """The specialists of the world's provider."""

    world: World
    practice: Practice

    @classmethod
    def of(cls, world: World) -> "Doctors":
        """Those of a provider that identity knows."""
        practice = Practice(world.deps, world.stub, world.people, world.clock, world.org_id, world.staff)
        return cls(world, practice)

    async def new(self, **fields: Any) -> res.Specialist:
        """A specialist with an email, unless it is said to be empty."""
        return await self.practice.specialist(**{"email": f"{new_id().hex}@clinic.example", **fields})

    async def say(self, name: str, specialist: res.Specialist, *, request_id: str = "") -> res.Specialist:
        """One of the RPCs about a specialist, by staff."""
        request = _REQUESTS[name](specialist_id=specialist.id, **({"request_id": request_id} if request_id else {}))
        answer: res.Specialist = await self.practice.call(name, request)
        return answer

    async def get(self, specialist: res.Specialist) -> res.Specialist:
        """The specialist as staff see them now."""
        return await self.say("GetSpecialist", specialist)

    async def active(self, **fields: Any) -> res.Specialist:
        """A specialist who has activated their login."""
        specialist = await self.say("EnableSpecialistLogin", await self.new(**fields))
        mail = (await self.world.mails())[-1]
        await activate_account(self.world.identity, STRANGER, token=token_in(mail), password=PASSWORD)
        await self.world.hear()
        return await self.get(specialist)

    def metadata(self, specialist: res.Specialist) -> Metadata:
        """The specialist's own credentials."""
        return self.practice.as_role(Role.SPECIALIST, UUID(specialist.login.account_id))
