"""The descriptor set that clients of gRPC get instead of proto files."""

import asyncio
import json
import sysconfig
from pathlib import Path

import httpx
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from portico.identity.v1 import resources_pb2

from gateway.config import EnvoySettings
from gateway.contract import Contract

from .neighbours import Context, Neighbour


async def test_the_descriptors_are_those_of_the_public_services(rest: httpx.AsyncClient, contract: Contract) -> None:
    """CASE-M19: `/descriptors.binpb` is whole by itself, has every public service, and nothing that is internal."""
    answer = await rest.get("/descriptors.binpb")
    served = FileDescriptorSet.FromString(answer.content)
    pool = DescriptorPool()
    for file in served.file:
        pool.Add(file)
    messages = {f"{file.package}.{each.name}" for file in served.file for each in file.message_type}

    assert (200, "application/octet-stream") == (answer.status_code, answer.headers["content-type"])
    assert {service.descriptor.full_name for service in contract.public_services} == {
        f"{file.package}.{service.name}" for file in served.file for service in file.service
    }
    for service in contract.services:
        for rpc in service.rpcs:
            assert service.is_internal or {rpc.request.full_name, rpc.reply.full_name} <= messages | {
                "google.protobuf.Empty"
            }
    assert b"Internal" not in answer.content
    assert "portico.applications.v1.GetOrganizationApplicationRequest" not in messages


async def test_a_client_needs_no_proto_files(
    rest: httpx.AsyncClient, settings: EnvoySettings, identity: Neighbour, tmp_path: Path
) -> None:
    """CASE-M19: `buf curl` with the served descriptors calls a public RPC through the gateway, by gRPC and gRPC-Web."""

    async def sunrise(_: Message, context: Context) -> Message:
        return resources_pb2.Organization(slug="sunrise", name="Sunrise Childcare")

    identity.answers["GetOrganization"] = sunrise
    schema = tmp_path / "descriptors.binpb"
    schema.write_bytes((await rest.get("/descriptors.binpb")).content)
    for protocol in (("grpc", "--http2-prior-knowledge"), ("grpcweb",)):
        buf = await asyncio.create_subprocess_exec(
            *(
                str(Path(sysconfig.get_path("scripts"), "buf")),
                "curl",
                "--schema",
                str(schema),
                "--protocol",
                *protocol,
            ),
            *("-d", '{"slug": "sunrise"}'),
            f"http://{settings.listen}/portico.identity.v1.OrganizationsService/GetOrganization",
            stdout=asyncio.subprocess.PIPE,
        )
        printed, _ = await buf.communicate()
        assert (0, "Sunrise Childcare") == (buf.returncode, json.loads(printed)["name"])
