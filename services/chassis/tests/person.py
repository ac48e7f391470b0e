"""A person and its table, bound to each other: what the tests of the mapping map."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, Column, LargeBinary, MetaData, SmallInteger, Table, Text, Uuid

from chassis.columns import instant
from chassis.mapping import mapping


class Colour(IntEnum):
    RED = 1
    BLUE = 2


class Purpose(StrEnum):
    RESET = "RESET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    email: str = ""
    phone: str = ""

    def __bool__(self) -> bool:
        return bool(self.email or self.phone)


@dataclass(frozen=True, slots=True)
class Proof:
    id: UUID
    purpose: Purpose
    hash: bytes
    tries: int = 0
    used_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Person:
    id: UUID
    given_name: str
    colour: Colour
    mood: Colour | None
    contacts: Contacts
    proof: Proof | None
    words: tuple[str, ...]
    times: tuple[datetime, ...] | None
    create_time: datetime


people = Table(
    "people",
    MetaData(),
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("first_name", Text, nullable=False),
    Column("colour", SmallInteger, nullable=False),
    Column("mood", SmallInteger),
    Column("email", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("proof_id", Uuid),
    Column("proof_purpose", Text),
    Column("proof_hash", LargeBinary),
    Column("proof_tries", SmallInteger, nullable=False),
    Column("proof_used_time", instant("x").type),
    Column("words", ARRAY(Text), nullable=False),
    Column("times", ARRAY(instant("x").type)),
    instant("create_time"),
)
PERSON = mapping(
    people,
    Person,
    named={"given_name": "first_name"},
    parts={"contacts": "", "proof": "proof_"},
    beside=("org_id",),
)
