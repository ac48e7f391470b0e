"""Anchor of P-01 and P-02: the same messages from bare grpc.aio; with a database, the same row by bare psycopg."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from portico.casemanager.v1.companies_pb2 import GetCompanyRequest
from portico.casemanager.v1.resources_pb2 import Company
from psycopg_pool import AsyncConnectionPool

from tests.load.workers import work

SERVICE = "portico.casemanager.v1.CompaniesService"
ANSWER = Company(
    id="01890a5d-ac96-774b-bcce-b302099a8057", name="Northside Family Services", create_time=Timestamp(seconds=1)
)
_READ = "SELECT org_id, id, name, name_key, create_time, version FROM companies WHERE org_id = %s AND id = %s"


def secure_port(server: grpc.aio.Server, tls: Mapping[str, str]) -> str:
    """Mutual TLS on any free port; the address."""
    ca, cert, key = (Path(tls[name]).read_bytes() for name in ("ca", "cert", "key"))
    credentials = grpc.ssl_server_credentials([(key, cert)], root_certificates=ca, require_client_auth=True)
    return f"127.0.0.1:{server.add_secure_port('127.0.0.1:0', credentials)}"


@asynccontextmanager
async def begin(*, tls: Mapping[str, str], org_id: str, database_url: str | None) -> AsyncIterator[tuple[object, Any]]:
    """Says its address; asked nothing."""
    async with AsyncExitStack() as parts:
        pool = AsyncConnectionPool(database_url or "", max_size=10, kwargs={"autocommit": True}, open=False)
        if database_url:
            await parts.enter_async_context(pool)

        async def constant(request: GetCompanyRequest, context: object) -> Company:
            return ANSWER

        async def read(request: GetCompanyRequest, context: object) -> Company:
            async with pool.connection() as connection:
                cursor = await connection.execute(_READ, (org_id, request.company_id), prepare=True)
                row = await cursor.fetchone()
            assert row is not None
            company = Company(id=str(row[1]), name=row[2])
            company.create_time.FromDatetime(row[4])
            return company

        handler = grpc.unary_unary_rpc_method_handler(
            read if database_url else constant,
            request_deserializer=GetCompanyRequest.FromString,
            response_serializer=Company.SerializeToString,
        )
        server = grpc.aio.server()
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {"GetCompany": handler}),))
        address = secure_port(server, tls)
        await server.start()
        yield address, None
        await server.stop(None)


if __name__ == "__main__":
    work(begin)
