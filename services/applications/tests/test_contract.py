"""The domain's enumerations are the contract's."""

from enum import IntEnum

import pytest
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.errors_pb2 import ErrorReason
from portico.applications.v1.service_pb2 import CheckInvitationResponse
from portico.options.v1 import options_pb2

from applications.domain import errors
from applications.domain.application import Status
from applications.domain.invitation import Method, Standing
from applications.domain.link_state import Action, LinkState
from applications.domain.timeline import Kind
from chassis.errors import ServiceError


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Method, res.ContactMethod),
        (Status, res.Application.Status),
        (LinkState, res.Guardian.LinkState),
        (Action, res.Guardian.Action),
        (Kind, res.TimelineEntry.Kind),
        (Standing, CheckInvitationResponse.State),
    ],
)
def test_names_and_numbers_are_the_contracts(ours: type[IntEnum], theirs: EnumTypeWrapper) -> None:
    """AP-03: what the domain calls it, the contract calls it, with the same number."""
    assert {each.name: each.value for each in ours} == {name: number for name, number in theirs.items() if number}


def test_every_error_stands_in_the_contract_with_its_code() -> None:
    """Each reason that the service raises is documented, and each documented one is raised."""
    raised = {
        cls.reason: int(cls.code)
        for cls in vars(errors).values()
        if isinstance(cls, type) and issubclass(cls, ServiceError) and cls.__module__ == errors.__name__
    }
    documented = {
        value.name: value.GetOptions().Extensions[options_pb2.error].code
        for value in ErrorReason.DESCRIPTOR.values
        if value.number
    }
    assert raised == documented
