"""Events in bulk: few events that tell of many rows, put together from pieces on the wire."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    Insert,
    LargeBinary,
    Text,
    Uuid,
    bindparam,
    column,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.types import TypeEngine

from applications.shared.metadata import metadata
from chassis.outbox import OutboxEvent

outbox = metadata.tables["outbox"]
MAX_PIECES = 1_000
"""How many pieces one event in bulk is put together from."""

_PIECES: dict[str, TypeEngine[Any]] = {
    "row_id": Uuid(),
    "event_id": Uuid(),
    "payload": LargeBinary(),
    "place": BigInteger(),
}
_ABOUT = ("subject", "type", "aggregate_id", "version", "event_time")


def insert_pieces(target: CTE) -> Insert:
    """The write that tells of many rows in few events: of those that the target hit, by its column `id`.

    Each piece is a message whose only field is repeated and holds one element: one after the other, their bytes are the
    message with all elements. `piece_params` gives the parameters.
    """
    arrays = [bindparam(f"piece_{name}", type_=ARRAY(kind)) for name, kind in _PIECES.items()]
    rows = func.unnest(*arrays).table_valued(*(column(name, kind) for name, kind in _PIECES.items()))
    pieces = rows.render_derived(name="pieces")
    about = {name: bindparam(f"bulk_{name}", type_=outbox.c[name].type) for name in _ABOUT}
    payload = func.string_agg(pieces.c.payload, aggregate_order_by(literal(b"", LargeBinary()), pieces.c.place))
    return insert(outbox).from_select(
        ["org_id", "id", "payload", *about, "traceparent"],
        select(
            bindparam("org_id", type_=outbox.c.org_id.type),
            pieces.c.event_id,
            payload,
            *about.values(),
            bindparam("traceparent", None, type_=Text()),
        )
        .where(pieces.c.row_id == target.c.id)
        .group_by(pieces.c.event_id),
    )


def piece_params(
    about: OutboxEvent, pieces: Sequence[tuple[UUID, Message]], *, ids: Callable[[], UUID]
) -> Mapping[str, object]:
    """The parameters of `insert_pieces`: each piece with the id of its row, in their order.

    `about` is what the events have in common; its message says of which type they are, and is not sent.
    """
    event_ids = [ids() for _ in range(0, len(pieces), MAX_PIECES)]
    return {
        "piece_row_id": [row_id for row_id, _ in pieces],
        "piece_event_id": [event_ids[place // MAX_PIECES] for place in range(len(pieces))],
        "piece_payload": [piece.SerializeToString() for _, piece in pieces],
        "piece_place": list(range(len(pieces))),
        "bulk_subject": about.subject,
        "bulk_type": about.message.DESCRIPTOR.full_name,
        "bulk_aggregate_id": about.aggregate_id,
        "bulk_version": about.version,
        "bulk_event_time": about.event_time,
    }
