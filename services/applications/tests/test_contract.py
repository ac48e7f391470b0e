"""The domain's enumerations are the contract's."""

from enum import IntEnum

import pytest
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.claims_pb2 import CheckInvitationResponse

from applications.application.domain.application import Status
from applications.application.domain.invitation import InvitationOutcome, InvitationStatus, Method
from applications.application.domain.link_state import Action, LinkState
from applications.application.domain.timeline import Kind


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Method, res.ContactMethod),
        (Status, res.Application.Status),
        (LinkState, res.Guardian.LinkState),
        (Action, res.Guardian.Action),
        (Kind, res.TimelineEntry.Kind),
        (InvitationStatus, CheckInvitationResponse.State),
        (InvitationOutcome, res.Invitation.Outcome),
    ],
)
def test_names_and_numbers_are_the_contracts(ours: type[IntEnum], theirs: EnumTypeWrapper) -> None:
    """AP-03: what the domain calls it, the contract calls it, with the same number."""
    assert {each.name: each.value for each in ours} == {name: number for name, number in theirs.items() if number}
