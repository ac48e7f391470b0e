"""A specialist on the wire: to staff, to themselves, and to case managers."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import schedule_resources_pb2 as res
from portico.casemanager.v1 import specialists_pb2 as pb
from portico.casemanager.v1.profile_pb2 import ProfilePatch

from casemanager.logins.wire import login_message
from casemanager.shared.contacts import normalised
from casemanager.shared.names import checked_person_name
from casemanager.shared.patches import written_fields
from casemanager.shared.zones import checked_zone
from casemanager.specialists.domain import LISTS, TEXTS, Specialist, Written
from chassis.wire import timestamp

_PUBLIC = ("title", "given_name", "family_name", "time_zone")
_KNOWN = (*TEXTS, *LISTS, "modes", "place_ids")


def specialist_message(specialist: Specialist, now: datetime) -> res.Specialist:
    """A specialist as staff see them."""
    message = public_message(specialist)
    for name in TEXTS:
        setattr(message, name, getattr(specialist, name))
    message.create_time.CopyFrom(timestamp(specialist.create_time))
    message.update_time.CopyFrom(timestamp(specialist.update_time))
    message.etag = str(specialist.version)
    message.login.CopyFrom(login_message(specialist.known_login, specialist.login_actions(now), now))
    return message


def own_message(specialist: Specialist, now: datetime) -> res.Specialist:
    """A specialist as they see themselves: all but staff's note."""
    message = specialist_message(specialist, now)
    message.ClearField("note")
    del message.login.actions[:]
    return message


def public_message(specialist: Specialist) -> res.Specialist:
    """A specialist as case managers see them: no contact, no number, no note."""
    return res.Specialist(
        id=str(specialist.id),
        specialties=specialist.specialties,
        languages=specialist.languages,
        modes=[res.AppointmentMode.ValueType(mode) for mode in specialist.modes],
        place_ids=map(str, specialist.place_ids),
        account_status=res.Specialist.AccountStatus.ValueType(specialist.account_status),
        **{name: getattr(specialist, name) for name in _PUBLIC},
    )


def written_specialist(
    patch: pb.SpecialistPatch | ProfilePatch,
    mask: FieldMask,
    *,
    country: str,
    message: str = "specialist",
    known: Collection[str] = _KNOWN,
) -> Written:
    """What is written of a specialist, in fields of `message`; ContactInvalid, TimeZoneInvalid or InvalidArgument."""
    written = written_fields(patch, mask, known=known)
    texts = normalised({name: written[name] for name in TEXTS if name in written}, country=country, message=message)
    for name in ("given_name", "family_name"):
        if name in texts:
            texts[name] = checked_person_name(texts[name], field=f"{message}.{name}")
    if "time_zone" in texts:
        texts["time_zone"] = checked_zone(texts["time_zone"], field=f"{message}.time_zone")
    if "language" in texts:
        texts["language"] = texts["language"] or "en"
    return Written(
        texts=texts,
        lists={name: tuple(text.strip() for text in written[name]) for name in LISTS if name in written},
        modes=tuple(written["modes"]) if "modes" in written else None,
        place_ids=tuple(map(UUID, written["place_ids"])) if "place_ids" in written else None,
        message=message,
    )
