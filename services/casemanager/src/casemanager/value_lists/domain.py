"""A list of values that people choose from, with their words in English and Spanish."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from portico_errors.casemanager import ValueNotListed

from chassis.errors import FieldViolation, InvalidArgument

_TWICE = ("Another value has this key.", "Otro valor tiene esta clave.")


class Kind(IntEnum):
    """What the values are of; the numbers are the contract's."""

    SERVICE_TYPES = 1
    SPECIALTIES = 2
    CLAIM_TYPES = 3
    POSITIONS = 4


@dataclass(frozen=True, slots=True)
class Value:
    """A value: what is stored where it is chosen, and what people read; without Spanish words the English ones."""

    key: str
    english: str
    spanish: str = ""

    def words(self, language: str) -> str:
        """What somebody reads in a language.

        >>> Value("NEUROLOGY", "Neurology", "Neurología").words("es")
        'Neurología'
        """
        return (self.spanish if language == "es" else "") or self.english


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueList:
    """The values of a kind in their order; version 0 is that of an organization that never changed them."""

    org_id: UUID
    kind: Kind
    values: tuple[Value, ...]
    update_time: datetime | None = None
    version: int = 0

    @property
    def keys(self) -> frozenset[str]:
        """What can be chosen."""
        return frozenset(value.key for value in self.values)

    def value(self, key: str) -> Value:
        """The value with a key; one that the list has not, or no longer, is called as it is."""
        return next((value for value in self.values if value.key == key), Value(key, key))


USUAL: Mapping[Kind, tuple[Value, ...]] = {
    Kind.SERVICE_TYPES: (
        Value("IME", "Independent medical examination", "Examen médico independiente"),
        Value("RE_EXAMINATION", "Re-examination", "Nuevo examen"),
        Value("FUNCTIONAL_CAPACITY", "Functional capacity evaluation", "Evaluación de capacidad funcional"),
        Value("IMPAIRMENT_RATING", "Impairment rating", "Calificación de la discapacidad"),
        Value("TREATMENT_REVIEW", "Treatment review", "Revisión del tratamiento"),
    ),
    Kind.SPECIALTIES: (
        Value("ORTHOPAEDICS", "Orthopaedics", "Ortopedia"),
        Value("NEUROLOGY", "Neurology", "Neurología"),
        Value("OCCUPATIONAL_MEDICINE", "Occupational medicine", "Medicina del trabajo"),
        Value("PSYCHIATRY", "Psychiatry", "Psiquiatría"),
        Value("PSYCHOLOGY", "Psychology", "Psicología"),
        Value("REHABILITATION", "Rehabilitation medicine", "Medicina de rehabilitación"),
    ),
    Kind.CLAIM_TYPES: (
        Value("WORKERS_COMPENSATION", "Workers’ compensation", "Compensación laboral"),
        Value("MOTOR_ACCIDENT", "Motor accident", "Accidente de tránsito"),
        Value("LIABILITY", "Liability", "Responsabilidad civil"),
        Value("DISABILITY", "Disability insurance", "Seguro de discapacidad"),
    ),
    Kind.POSITIONS: (
        Value("CASE_MANAGER", "Case manager", "Gestor de casos"),
        Value("CLAIMS_ADVISER", "Claims adviser", "Asesor de reclamaciones"),
        Value("TEAM_LEADER", "Team leader", "Jefe de equipo"),
        Value("SOLICITOR", "Solicitor", "Abogado"),
    ),
}
"""What an organization has that changed nothing."""


def usual_list(org_id: UUID, kind: Kind) -> ValueList:
    """The list of an organization that never changed it."""
    return ValueList(org_id=org_id, kind=kind, values=USUAL[kind])


def check_listed(chosen: Mapping[str, str], *, listed: Collection[str], kept: Collection[str]) -> None:
    """That keys, by the fields in which they are written, are in a list or were chosen before; nothing is no key.

    Raises ValueNotListed, which names each of the others.

    >>> check_listed({"case.claim_type": "LIABILITY"}, listed={"DISABILITY"}, kept=["LIABILITY"])
    """
    unlisted = {field: key for field, key in chosen.items() if key and key not in listed and key not in kept}
    if not unlisted:
        return
    violations = [
        FieldViolation(
            field,
            "VALUE_NOT_LISTED",
            f"“{key}” is not in the list.",
            localized={"es": f"«{key}» no está en la lista."},
        )
        for field, key in unlisted.items()
    ]
    raise ValueNotListed(f"Not in the list: {', '.join(unlisted.values())}.", violations=violations)


def set_values(values: ValueList, new: Sequence[Value], now: datetime) -> ValueList:
    """Writes the list whole; InvalidArgument names each key that is there before, whatever the case."""
    keys = [value.key.casefold() for value in new]
    english, spanish = _TWICE
    violations = [
        FieldViolation(f"values[{place}].key", "KEY_TWICE", english, localized={"es": spanish})
        for place, key in enumerate(keys)
        if key in keys[:place]
    ]
    if violations:
        raise InvalidArgument(violations=violations)
    return replace(values, values=tuple(new), update_time=now, version=values.version + 1)
