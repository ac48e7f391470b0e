"""Who may call, by the columns of CM-15's table."""

from collections.abc import Mapping

from chassis.call import Role
from chassis.ids import new_id
from chassis.testing.grpc import Metadata
from services.casemanager.tests.shelf import Shelves

OWN, UNIT, COMPANY = "own", "same unit", "same company"
SPECIALIST, OTHER_SPECIALIST = "own specialist", "another specialist"
STAFF, ADMIN, ELSEWHERE = "staff", "staff admin", "other org"


async def callers_of(shelves: Shelves) -> Mapping[str, Metadata]:
    desk, world = shelves.desk, shelves.desk.world
    (_, unit), (_, company) = await desk.colleague(), await desk.colleague(business_unit_id="")
    return {
        OWN: desk.as_ana,
        UNIT: unit,
        COMPANY: company,
        SPECIALIST: await desk.as_zhang(),
        OTHER_SPECIALIST: await desk.practice.login_of(await desk.practice.specialist()),
        STAFF: desk.staff,
        ADMIN: shelves.admin,
        ELSEWHERE: world.people.metadata(Role.STAFF_ADMIN, org_id=new_id()),
    }
