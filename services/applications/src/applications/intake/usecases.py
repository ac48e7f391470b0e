"""Applications coming in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from portico.applications.v1 import resources_pb2 as res
from portico_errors.applications import OrganizationNotFound

from applications.application.aggregate import recorder
from applications.application.contacts import WrittenContacts, read_contacts
from applications.application.domain.application import Application, Child
from applications.application.domain.events import Invited
from applications.application.domain.invitation import Method
from applications.application.events import submission_events
from applications.application.keys import new_keys
from applications.application.messages import messages_about
from applications.application.storage.rows import applications_of
from applications.application.storage.save import SAVE_APPLICATION, application_params
from applications.application.wire import submission_message
from applications.intake.domain import NewGuardian, Submission, Submit, may_repeat, submit
from applications.intake.storage import FIND_CANDIDATES, LOAD_ORGANIZATION, TAKE_SERIAL
from applications.shared.deps import Deps
from chassis.aggregate import Act, Aggregate
from chassis.call import Call
from chassis.outbox import OutboxEvent
from chassis.text import full_name, letters

MAX_DUPLICATES = 5
MAX_CANDIDATES = 50
"""How many are looked at: more share a contact only where staff enter their own."""
Submissions = Aggregate[Submission, res.Application]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenGuardian:
    """A guardian as somebody wrote them down; `language` None: the organization's."""

    given_name: str
    family_name: str
    contacts: WrittenContacts
    preferred_method: Method
    language: str | None


def submissions(deps: Deps) -> Submissions:
    """How an application comes in."""

    def params(submission: Submission, act: Act) -> Mapping[str, object]:
        return application_params(
            submission.application,
            serial=submission.serial,
            invited=next((event for event in submission.events if isinstance(event, Invited)), None),
            entries=recorder(deps, act).entries(submission.events),
        )

    def events(submission: Submission, _: Act) -> Sequence[OutboxEvent]:
        application = submission.application
        return [
            *submission_events(application, submission.events, ids=deps.ids),
            *messages_about(application, application.guardians[0], submission.events, ids=deps.ids),
        ]

    return Aggregate(
        database=deps.database,
        clock=deps.clock,
        save=SAVE_APPLICATION,
        params=params,
        events=events,
        answer=lambda submission, now: submission_message(submission.application, now),
        reply=res.Application,
    )


async def find_duplicates(
    deps: Deps, org_id: UUID, *, guardians: Sequence[WrittenGuardian], children: Sequence[Child]
) -> list[Application]:
    """The newest applications that one with these may repeat. Raises OrganizationNotFound or ContactInvalid."""
    organization = await deps.database.first(LOAD_ORGANIZATION, org_id=org_id)
    if organization is None:
        raise OrganizationNotFound()
    contacts = read_contacts([guardian.contacts for guardian in guardians], country=organization.country)
    found = await deps.database.all(
        FIND_CANDIDATES,
        org_id=org_id,
        emails=[each.email for each in contacts if each.email],
        phones=[each.phone for each in contacts if each.phone],
        names=[letters(guardian.family_name or guardian.given_name) for guardian in guardians],
        born=[json.dumps([{"birth_date": child.birth_date.isoformat()}]) for child in children if child.birth_date],
        limit=MAX_CANDIDATES,
    )
    named = [
        (full_name(guardian.given_name, guardian.family_name), read)
        for guardian, read in zip(guardians, contacts, strict=True)
    ]
    alike = [each for each in applications_of(found) if may_repeat(each, named, children)]
    return alike[:MAX_DUPLICATES]


async def create_application(
    deps: Deps, call: Call, *, guardians: Sequence[WrittenGuardian], children: Sequence[Child], answers: str
) -> res.Application:
    """Enters an application and invites its first guardian; one statement loads the organization, one saves.

    Raises OrganizationNotFound, ContactInvalid or AnswersTooLarge.
    """
    organization = await deps.database.first(TAKE_SERIAL, org_id=call.org_id)
    if organization is None:
        raise OrganizationNotFound()
    contacts = read_contacts([guardian.contacts for guardian in guardians], country=organization.country)
    command = Submit(
        application_id=deps.ids(),
        serial=organization.serial,
        guardians=tuple(
            NewGuardian(
                id=deps.ids(),
                given_name=guardian.given_name,
                family_name=guardian.family_name,
                contacts=read,
                preferred_method=guardian.preferred_method,
                language=guardian.language,
            )
            for guardian, read in zip(guardians, contacts, strict=True)
        ),
        children=tuple(children),
        answers=answers,
        invitation_id=deps.ids(),
        keys=new_keys(deps, organization.id),
    )
    return await submissions(deps).add(call, organization.id, submit(organization, command, deps.clock()))
