"""Birth dates as they are entered, and masks that are empty."""

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.type.date_pb2 import Date
from portico.applications.v1 import applications_pb2
from portico.applications.v1 import resources_pb2 as res

from chassis.errors import InvalidArgument
from services.applications.tests.world import new


@pytest.mark.parametrize("day", [(2099, 1, 1), (1, 1, 1), (2020, 0, 0), (1899, 12, 31), (2023, 2, 29)])
async def test_nobody_is_born_then(grpc_stub, staff, day: tuple[int, int, int]) -> None:
    """CASE-M10: not in the future, not before 1900, no partial date and no day that the calendar lacks."""
    request = new()
    year, month, day_of_month = day
    request.children.add(given_name="Ana", birth_date=Date(year=year, month=month, day=day_of_month))
    with pytest.raises(InvalidArgument) as refused:
        await grpc_stub.CreateApplication(request, metadata=staff)
    assert ["children[0].birth_date"] == [each.field for each in refused.value.violations]


async def test_an_empty_mask_is_none(grpc_stub, staff) -> None:
    """CASE-M9: an update with an empty mask changes what is filled, as one without it (AIP-134)."""
    created: res.Application = await grpc_stub.CreateApplication(new(), metadata=staff)
    changed = await grpc_stub.UpdateGuardian(
        applications_pb2.UpdateGuardianRequest(
            application_id=created.id,
            guardian_id=created.guardians[0].id,
            guardian=applications_pb2.GuardianPatch(email="another@example.org"),
            update_mask=FieldMask(),
        ),
        metadata=staff,
    )
    assert ("another@example.org", created.guardians[0].given_name) == (
        changed.guardians[0].email,
        changed.guardians[0].given_name,
    )
