"""Whether a case manager wants offers and news, who entered them, and how many tasks are open about and for them."""

from datetime import UTC

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import case_manager_logins_pb2, case_managers_pb2, profile_pb2, tasks_pb2
from portico.casemanager.v1 import resources_pb2 as res

from chassis.errors import InvalidArgument
from services.casemanager.tests.offers import YES, answer, newest_token, offer
from services.casemanager.tests.world import World

NEITHER = res.CaseManager.CONSENT_SOURCE_UNSPECIFIED


def consent(person: res.CaseManager) -> tuple[object, ...]:
    """What is known of it: whether, since when, by whom."""
    is_said = person.HasField("promotions_consent_time")
    time = person.promotions_consent_time.ToDatetime(UTC) if is_said else None
    return person.promotions_consent, time, person.promotions_consent_source


async def set_own(world: World, person: res.CaseManager, *paths: str, agrees: bool) -> res.CaseManager:
    """The person says it on their own profile."""
    request = profile_pb2.UpdateMyProfileRequest(
        profile=profile_pb2.ProfilePatch(promotions_consent=agrees), update_mask=FieldMask(paths=paths)
    )
    changed: res.CaseManager = await world.stub.UpdateMyProfile(request, metadata=world.as_person(person))
    return changed


async def test_staff_note_a_consent_and_its_end(world: World) -> None:
    """CM-02: what staff are told has its time and source; the same again changes neither; the history has both."""
    person = await world.case_manager()
    assert (False, None, NEITHER) == consent(person)
    given_time = world.clock()
    given = await world.update(person, promotions_consent=True)
    assert (True, given_time, res.CaseManager.STAFF) == consent(given)
    world.later(days=1)
    assert (True, given_time, res.CaseManager.STAFF) == consent(await world.update(person, promotions_consent=True))
    withdrawn = await world.update(person, "promotions_consent", "position", position="TEAM_LEADER")
    assert (False, world.clock(), res.CaseManager.STAFF) == consent(withdrawn)
    assert consent(withdrawn) == consent(await world.get(person))
    details = [(entry.detail, entry.by_person) for entry in await world.history(person)]
    expected = ["position,promotions_consent_withdrawn", "promotions_consent_given", ""]
    assert [(detail, False) for detail in expected] == details


async def test_that_nobody_has_said_is_no_refusal(world: World) -> None:
    """CM-02: a tick that was never there is not withdrawn; who is entered with one has it from then on."""
    person = await world.update(await world.case_manager(), "promotions_consent")
    assert (False, None, NEITHER) == consent(person)
    assert 1 == len(await world.history(person))
    asked = await world.case_manager(promotions_consent=True)
    assert (True, world.clock(), res.CaseManager.STAFF) == consent(asked)


async def test_a_person_says_it_themselves(world: World) -> None:
    """CM-02: on their own profile the source is the person; staff see it, and the last word is the one that counts."""
    person = await world.active()
    mine = await set_own(world, person, agrees=True)
    assert (True, world.clock(), res.CaseManager.PROFILE) == consent(mine)
    assert consent(mine) == consent(await world.get(person))
    entry = (await world.history(person))[0]
    assert ("promotions_consent_given", True) == (entry.detail, entry.by_person)
    world.later(hours=1)
    mine = await set_own(world, person, "promotions_consent", agrees=False)
    assert (False, world.clock(), res.CaseManager.PROFILE) == consent(mine)
    renewed = await world.update(person, promotions_consent=True)
    assert (True, world.clock(), res.CaseManager.STAFF) == consent(renewed)


@pytest.mark.parametrize("path", ["promotions_consent_time", "promotions_consent_source", "created_by", "open_tasks"])
async def test_time_and_source_are_nobodys_to_write(world: World, path: str) -> None:
    """CM-02: when it was said and by whom, who entered the person and what is to be done are ours."""
    person = await world.active()
    with pytest.raises(InvalidArgument) as refused:
        await world.update(person, path)
    assert ["FIELD_UNKNOWN"] == [each.reason for each in refused.value.violations]
    with pytest.raises(InvalidArgument):
        await set_own(world, person, path, agrees=True)


async def test_who_entered_a_person(world: World) -> None:
    """CM-02: the account of who entered somebody stays, whoever changes them; it is for staff to know."""
    person = await world.active()
    assert str(world.staff_id) == person.created_by
    assert "" == (await set_own(world, person, agrees=True)).created_by
    mine = await world.stub.GetMyProfile(profile_pb2.GetMyProfileRequest(), metadata=world.as_person(person))
    assert ("", 0) == (mine.created_by, mine.open_tasks)
    assert str(world.staff_id) == (await world.get(person)).created_by


async def write_down(world: World, person: res.CaseManager) -> res.Task:
    """A task for the person."""
    patch = tasks_pb2.TaskPatch(title="Call", due_date=world.clock().date().isoformat())
    request = tasks_pb2.CreateTaskRequest(task=patch, assignee_id=person.id)
    task: res.Task = await world.stub.CreateTask(request, metadata=world.staff)
    return task


async def counted(world: World, person: res.CaseManager) -> int:
    """How many there are: in the profile, in the list and in the list of tasks, the same."""
    request = case_managers_pb2.ListCaseManagersRequest(company_id=person.company_id)
    [listed] = (await world.stub.ListCaseManagers(request, metadata=world.staff)).case_managers
    tasks = await world.stub.ListTasks(tasks_pb2.ListTasksRequest(case_manager_id=person.id), metadata=world.staff)
    counts: set[int] = {(await world.get(person)).open_tasks, listed.open_tasks, len(tasks.tasks)}
    [count] = counts
    return count


async def test_open_tasks_are_counted(world: World) -> None:
    """CM-02, CM-11: those about a person and those for them, while they are open, and nobody else's."""
    person, other = await world.case_manager(), await world.case_manager()
    assert 0 == await counted(world, person)
    task = await write_down(world, person)
    await write_down(world, other)
    await offer(world, person)
    await answer(world, await newest_token(world), YES)
    assert (2, 1) == (await counted(world, person), await counted(world, other))
    await world.stub.CompleteTask(tasks_pb2.CompleteTaskRequest(task_id=task.id), metadata=world.staff)
    assert 1 == await counted(world, person)
    request = case_manager_logins_pb2.EnableCaseManagerLoginRequest(case_manager_id=person.id)
    enabled = await world.stub.EnableCaseManagerLogin(request, metadata=world.staff)
    assert (0, 0, 1) == (enabled.open_tasks, await counted(world, person), await counted(world, other))
