"""A case manager on the wire."""

from datetime import datetime
from uuid import UUID

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import case_managers_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res

from casemanager.case_managers.domain import IDS, TEXTS, CaseManager, Written
from casemanager.logins.wire import login_message
from casemanager.shared.contacts import normalised
from casemanager.shared.names import checked_person_name
from casemanager.shared.patches import written_fields
from casemanager.shared.zones import checked_zone
from chassis.wire import timestamp

_KNOWN = (*TEXTS, *IDS, "contact_verified", "promotions_consent", "company_id")


def case_manager_message(person: CaseManager, now: datetime) -> res.CaseManager:
    """A case manager as staff see them."""
    return res.CaseManager(
        id=str(person.id),
        company_id=str(person.company_id),
        company_name=person.company_name,
        contact_verified=person.contact_verify_time is not None,
        contact_verify_time=timestamp(person.contact_verify_time),
        promotions_consent=person.promotions_consent,
        promotions_consent_time=timestamp(person.promotions_consent_time),
        promotions_consent_source=res.CaseManager.ConsentSource.ValueType(person.promotions_consent_source or 0),
        created_by=str(person.created_by or ""),
        open_tasks=person.open_tasks,
        account_status=res.CaseManager.AccountStatus.ValueType(person.account_status),
        login=login_message(person.known_login, person.login_actions(now), now),
        create_time=timestamp(person.create_time),
        update_time=timestamp(person.update_time),
        etag=str(person.version),
        **{name: getattr(person, name) for name in TEXTS},
        **{name: str(getattr(person, name) or "") for name in IDS},
    )


def own_message(person: CaseManager, now: datetime) -> res.CaseManager:
    """A case manager as they see themselves: what staff note of them stays with staff."""
    message = case_manager_message(person, now)
    for field in (
        "note",
        "contact_verified",
        "contact_verify_time",
        "responsible_staff_id",
        "created_by",
        "open_tasks",
    ):
        message.ClearField(field)
    del message.login.actions[:]
    return message


def names_message(person: CaseManager) -> res.CaseManager:
    """A case manager as the others of their unit see them."""
    return res.CaseManager(
        id=str(person.id), title=person.title, given_name=person.given_name, family_name=person.family_name
    )


def written_case_manager(
    patch: pb.CaseManagerPatch, mask: FieldMask, *, country: str, writer_id: UUID | None
) -> Written:
    """What staff write of a person; raises ContactInvalid, TimeZoneInvalid, or InvalidArgument for a name."""
    written = written_fields(patch, mask, known=_KNOWN)
    is_verified, consent = (written.pop(name, None) for name in ("contact_verified", "promotions_consent"))
    company_id = written.pop("company_id", None)
    ids = {name: UUID(written[name]) if written[name] else None for name in IDS if name in written}
    texts = {name: text for name, text in written.items() if name not in IDS}
    return Written(
        texts=written_texts(texts, country=country, message="case_manager"),
        ids=ids,
        is_verified=is_verified,
        promotions_consent=consent,
        writer_id=writer_id,
        company_id=None if company_id is None else UUID(company_id or UUID(int=0).hex),
    )


def written_texts(written: dict[str, str], *, country: str, message: str) -> dict[str, str]:
    """The texts in their one form; raises ContactInvalid or TimeZoneInvalid, with fields of `message`."""
    texts = normalised(written, country=country, message=message)
    for name in ("given_name", "family_name"):
        if name in texts:
            texts[name] = checked_person_name(texts[name], field=f"{message}.{name}")
    if "time_zone" in texts:
        texts["time_zone"] = checked_zone(texts["time_zone"], field=f"{message}.time_zone")
    if "language" in texts:
        texts["language"] = texts["language"] or "en"
    return texts
