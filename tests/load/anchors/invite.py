"""Anchor of P-03: a bare grpc.aio handler that executes the two statements of an invitation by bare psycopg.

The statements are the real ones. Their parameters were recorded from one real call, so that they have the same sizes;
a call changes what must be new or must fit the guardian.
"""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from operator import itemgetter
from typing import Any
from unittest.mock import Mock
from uuid import UUID

import grpc
from portico.applications.v1.invitations_pb2 import ReinviteGuardianRequest
from portico.applications.v1.resources_pb2 import Application
from psycopg import AsyncRawCursor
from psycopg_pool import AsyncConnectionPool

from applications.application.aggregate import guardians
from applications.application.storage.rows import LOAD_APPLICATION
from applications.application.storage.save import SAVE_GUARDIAN
from applications.invitations.servicer import InvitationsServicer
from chassis.call import Call, Caller, RequestKey, Role, set_current_call
from chassis.db import Database, Statement
from chassis.ids import new_id
from tests.load.anchors.rpc import secure_port
from tests.load.ours.invite import deps_on
from tests.load.workers import work

SERVICE = "portico.applications.v1.InvitationsService"
_PLACES = {name: place for place, name in enumerate(SAVE_GUARDIAN.names)}


class _Recorder(Database):
    """Notes what the save is given."""

    values: Sequence[object] = ()

    async def first(self, stmt: Statement[Any], /, **params: object) -> Any:
        if stmt is SAVE_GUARDIAN:
            self.values = stmt.values(params)
        return await super().first(stmt, **params)


async def _recorded(database_url: str, org_id: UUID, application_id: str) -> tuple[Sequence[object], Application]:
    """The parameters of a real invitation, and its answer."""
    recorder = _Recorder(database_url, application="anchor")
    await recorder.open()
    request = ReinviteGuardianRequest(application_id=application_id)
    caller = Caller(service="gateway", account_id=new_id(), org_id=org_id, role=Role.STAFF, session_id=new_id())
    key = RequestKey(str(caller.account_id), new_id(), os.urandom(32))
    set_current_call(Call(caller=caller, method=f"{SERVICE}/ReinviteGuardian", request=key))
    deps = deps_on(recorder)
    servicer = InvitationsServicer(deps, guardians(deps))
    answer = await servicer.ReinviteGuardian(request, Mock())
    await recorder.close()
    return recorder.values, answer


_LOADED = ("invitation_id", "guardian_id", "guardian_version")
"""What the save needs of a loaded row, by its columns' labels."""


def _changed(values: Sequence[object], loaded: Sequence[Any], request: ReinviteGuardianRequest) -> list[object]:
    """The parameters of another guardian's invitation."""
    earlier_id, guardian_id, version = loaded
    application_id, invitation_id = UUID(request.application_id), new_id()
    changes: dict[str, object] = {
        "guardian_id": guardian_id,
        "loaded_version": version,
        "guardian_version": version + 1,
        "guardian_invitation_id": invitation_id,
        "ended_id": earlier_id,
        "invitation_id": invitation_id,
        "invitation_application_id": application_id,
        "invitation_guardian_id": guardian_id,
        "invitation_token_hash": os.urandom(32),
        "invitation_code_hash": os.urandom(32),
        "timeline_application_id": [application_id],
        "timeline_id": [new_id()],
        "timeline_guardian_id": [guardian_id],
        "outbox_id": [new_id(), new_id()],
        "outbox_aggregate_id": [guardian_id, guardian_id],
        "request_request_id": request.request_id,
    }
    changed = list(values)
    for name, value in changes.items():
        changed[_PLACES[name]] = value
    return changed


@asynccontextmanager
async def begin(
    *, tls: Mapping[str, str], org_id: str, application_id: str, database_url: str
) -> AsyncIterator[tuple[object, Any]]:
    """Says its address; asked nothing. `application_id` is one that may be used for the recording."""
    values, answer = await _recorded(database_url, UUID(org_id), application_id)
    options = {"autocommit": True, "cursor_factory": AsyncRawCursor}
    async with AsyncConnectionPool(database_url, max_size=10, kwargs=options, open=False) as pool:
        async with pool.connection() as connection:
            cursor = await connection.execute(LOAD_APPLICATION.sql, [org_id, application_id])
            labels = [column.name for column in cursor.description or ()]
        get_loaded = itemgetter(*map(labels.index, _LOADED))

        async def reinvite(request: ReinviteGuardianRequest, context: object) -> Application:
            async with pool.connection() as connection:
                loaded = await connection.execute(LOAD_APPLICATION.sql, [org_id, request.application_id], prepare=True)
                [row] = await loaded.fetchall()
                saved = await connection.execute(
                    SAVE_GUARDIAN.sql, _changed(values, get_loaded(row), request), prepare=True
                )
                assert await saved.fetchone() == (1,)
            return answer

        handler = grpc.unary_unary_rpc_method_handler(
            reinvite,
            request_deserializer=ReinviteGuardianRequest.FromString,
            response_serializer=Application.SerializeToString,
        )
        server = grpc.aio.server()
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {"ReinviteGuardian": handler}),))
        address = secure_port(server, tls)
        await server.start()
        yield address, None
        await server.stop(None)


if __name__ == "__main__":
    work(begin)
