"""What makes a password good enough (ID-09): length and being hard to guess; no rules about which characters."""

from dataclasses import dataclass

from chassis.errors import FieldViolation

LEAST_SCORE = 3
"""zxcvbn's "safely unguessable: moderate protection from offline slow-hash scenario" (10^8 guesses and more)."""


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """The bounds of a password's length, in characters (Unicode code points)."""

    min_length: int
    max_length: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """What zxcvbn and the list of breached passwords say of a password.

    `score` is 0 to 4; `personal` and `common` say that a part of it is the person's own data, or stands in zxcvbn's
    list of leaked passwords; `breached` that all of it stands in a longer one, however strange it looks.
    """

    score: int
    personal: bool
    common: bool
    breached: bool


def violations(
    password: str, *, policy: PasswordPolicy, assessment: Assessment, field: str
) -> tuple[FieldViolation, ...]:
    """Returns every rule that the password breaks, in English and Spanish; none when it is good."""
    broken = []
    if len(password) < policy.min_length:
        broken.append(_too_short(policy.min_length, field))
    if len(password) > policy.max_length:
        broken.append(_too_long(policy.max_length, field))
    if assessment.score < LEAST_SCORE or assessment.breached:
        broken.append(_guessable(assessment, field))
    return tuple(broken)


def _too_short(min_length: int, field: str) -> FieldViolation:
    return FieldViolation(
        field=field,
        reason="TOO_SHORT",
        description=f"Use at least {min_length} characters.",
        localized={"es": f"Use al menos {min_length} caracteres."},
    )


def _too_long(max_length: int, field: str) -> FieldViolation:
    return FieldViolation(
        field=field,
        reason="TOO_LONG",
        description=f"Use at most {max_length} characters.",
        localized={"es": f"Use como máximo {max_length} caracteres."},
    )


def _guessable(assessment: Assessment, field: str) -> FieldViolation:
    if assessment.personal and not assessment.breached:
        return FieldViolation(
            field=field,
            reason="PERSONAL_DATA",
            description="Do not build it from your name, your address or your organization.",
            localized={"es": "No la forme con su nombre, su dirección o su organización."},
        )
    if assessment.common or assessment.breached:
        return FieldViolation(
            field=field,
            reason="TOO_COMMON",
            description="This is close to a password that many people use.",
            localized={"es": "Se parece a una contraseña que usa mucha gente."},
        )
    return FieldViolation(
        field=field,
        reason="TOO_GUESSABLE",
        description="This is easy to guess. Add another word or two; unusual ones are best.",
        localized={"es": "Es fácil de adivinar. Añada una o dos palabras más, mejor si son poco comunes."},
    )
