"""Applications coming in, and being read and corrected by staff."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from google.protobuf.message import Message
from portico_errors.applications import OrganizationNotFound

from applications.domain.application import Application, Child, Contacts
from applications.domain.decision import Decision
from applications.domain.events import Invited
from applications.domain.invitation import Method
from applications.domain.names import number_of
from applications.domain.submitting import NewGuardian, Submit, Update, submit, update
from applications.events import submission_events
from applications.storage.organizations import TAKE_SERIAL
from applications.storage.saving import SAVE_APPLICATION, SAVE_CHANGE, application_params, change_params
from applications.usecases.contacts import WrittenContacts, read_contacts
from applications.usecases.ports import (
    Ports,
    Reply,
    change_by_staff,
    hashes_of,
    load_application,
    new_secrets,
    scribe,
)
from chassis.call import Call
from chassis.transition import create

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenGuardian:
    """A guardian as somebody wrote them down; `language` None: the organization's."""

    given_name: str
    family_name: str
    contacts: WrittenContacts
    preferred_method: Method
    language: str | None


async def create_application(
    ports: Ports,
    call: Call,
    *,
    guardians: Sequence[WrittenGuardian],
    children: Sequence[Child],
    answers: str,
    reply: Reply[M],
    reply_type: type[M],
) -> M:
    """Enters an application and invites its first guardian; one statement loads the organization, one saves.

    Raises OrganizationNotFound, ContactInvalid or AnswersTooLarge.
    """
    organization = await ports.database.first(TAKE_SERIAL, org_id=call.org_id)
    if organization is None:
        raise OrganizationNotFound()
    contacts = read_contacts([guardian.contacts for guardian in guardians], country=organization.country)
    now, secrets = ports.clock(), new_secrets(organization.id)
    command = Submit(
        application_id=ports.ids(),
        number=number_of(organization.serial),
        guardians=tuple(
            NewGuardian(
                id=ports.ids(),
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
        invitation_id=ports.ids(),
    )
    application, events = submit(organization, command, now)
    first = application.guardians[0]
    return await create(
        ports.database,
        call,
        org_id=organization.id,
        save=SAVE_APPLICATION,
        params=application_params(
            application,
            serial=organization.serial,
            hashes=hashes_of(ports, secrets),
            entries=scribe(ports, call, now).entries(events),
        ),
        events=[
            *submission_events(application, events, ids=ports.ids),
            *(
                ports.messages.invitation(application, first, event, secrets)
                for event in events
                if isinstance(event, Invited)
            ),
        ],
        reply=reply(application, now),
        reply_type=reply_type,
    )


async def get_application(ports: Ports, *, org_id: UUID, application_id: UUID) -> tuple[Application, datetime]:
    """An application, and the moment at which its link states hold; raises ApplicationNotFound."""
    return await load_application(ports, org_id=org_id, application_id=application_id), ports.clock()


async def update_guardian(
    ports: Ports, call: Call, *, application_id: UUID, update_: Update, reply: Reply[M], reply_type: type[M]
) -> M:
    """Changes a guardian's details; contacts are given as written.

    Raises ApplicationNotFound, GuardianNotFound or ContactInvalid.
    """

    def decide(application: Application, now: datetime) -> Decision:
        written = WrittenContacts(path="guardian", email=update_.email or "", phone=update_.phone or "")
        (contacts,) = read_contacts([written], country=application.organization.country)
        return update(application, _with_contacts(update_, contacts), now)

    return await change_by_staff(
        ports,
        call,
        application_id,
        decide=decide,
        save=SAVE_CHANGE,
        params=lambda made: change_params(made.decision, entries=made.entries),
        reply=reply,
        reply_type=reply_type,
    )


def _with_contacts(written: Update, contacts: Contacts) -> Update:
    return replace(
        written,
        email=None if written.email is None else contacts.email,
        phone=None if written.phone is None else contacts.phone,
    )
