"""The descriptor set for clients: the public services and what their calls carry, and no word of anything internal."""

from collections.abc import Iterator

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from gateway.contract import INTERNAL_SUFFIX, OPTIONS, Contract
from gateway.schemas import reachable


def public_descriptors(contract: Contract) -> bytes:
    """A FileDescriptorSet, each file behind those that it imports."""
    rpcs = [rpc for service in contract.public_services for rpc in service.rpcs]
    carried = reachable(message for rpc in rpcs for message in (rpc.request, rpc.reply))
    files = {each.name: each for service in contract.public_services for each in _with_imports(service.descriptor.file)}
    public = FileDescriptorSet(file=[_public(file, carried) for file in files.values()])
    return public.SerializeToString(deterministic=True)


def _with_imports(file: FileDescriptor) -> Iterator[FileDescriptor]:
    for imported in file.dependencies:
        yield from _with_imports(imported)
    yield file


def _public(file: FileDescriptor, carried: set[str]) -> FileDescriptorProto:
    """A file of a service without its internal services and what no public call carries; others' files as they are."""
    public = FileDescriptorProto.FromString(file.serialized_pb)
    public.ClearField("source_code_info")  # it goes by places, which move
    if file.package.startswith("portico.") and file.package != OPTIONS:
        services = [each for each in public.service if not each.name.endswith(INTERNAL_SUFFIX)]
        names = {name.removeprefix(f"{file.package}.").partition(".")[0] for name in carried}
        messages = [each for each in public.message_type if each.name in names]
        public.ClearField("service")
        public.ClearField("message_type")
        public.service.extend(services)
        public.message_type.extend(messages)
    return public
