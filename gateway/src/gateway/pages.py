"""What Envoy serves from files: the OpenAPI document, the pages that show it, and the descriptor set for gRPC."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from gateway import docs, openapi, styles
from gateway.contract import Contract
from gateway.descriptors import public_descriptors


@dataclass(frozen=True)
class Page:
    """One file, served at `/` and its `name`."""

    name: str
    file: str
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def tag(self) -> str:
        """Names the content, between its quotes."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:16]}"'

    @property
    def all_headers(self) -> dict[str, str]:
        """With those that let a browser keep the file; weak, for whoever compresses it on the way changes its bytes."""
        return {**self.headers, "etag": f"W/{self.tag}", "cache-control": "max-age=300"}


@lru_cache(maxsize=1)
def pages(descriptor_set: bytes) -> tuple[Page, ...]:
    """All of them, from what protoc wrote."""
    contract = Contract(FileDescriptorSet.FromString(descriptor_set))
    document = openapi.build(contract)
    html = {"content-type": "text/html; charset=utf-8", "content-security-policy": styles.policy("docs")}
    return (
        Page("openapi.json", "openapi.json", openapi.as_text(document).encode(), {"content-type": "application/json"}),
        *(
            Page(part.removeprefix("/"), f"{part.name.lower()}.html", docs.render(document, part).encode(), html)
            for part in docs.Part
        ),
        Page(
            "descriptors.binpb",
            "descriptors.binpb",
            public_descriptors(contract),
            {"content-type": "application/octet-stream"},
        ),
    )
