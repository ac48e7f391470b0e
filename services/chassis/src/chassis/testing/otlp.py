"""A real OTLP/HTTP receiver: what processes tell about themselves, to look at."""

import gzip
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import TypeVar

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

R = TypeVar("R", bound=Message)


class OtlpReceiver:
    """Listens on a free port for as long as its `with` block lasts; `url` is for `PORTICO_OTLP_ENDPOINT`."""

    def __init__(self) -> None:
        self.bodies: dict[str, list[bytes]] = {"/v1/traces": [], "/v1/metrics": [], "/v1/logs": []}
        """What came so far, as it came, by path."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _keeping_in(self.bodies))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def spans(self) -> Iterator[tuple[str, Span]]:
        """Every span, with the name of the service that made it."""
        for request in self._requests("/v1/traces", ExportTraceServiceRequest):
            for of_resource in request.resource_spans:
                for of_scope in of_resource.scope_spans:
                    yield from ((_service(of_resource.resource), span) for span in of_scope.spans)

    def metrics(self) -> Iterator[tuple[str, Metric]]:
        """Every metric of every export, the oldest first, with its service."""
        for request in self._requests("/v1/metrics", ExportMetricsServiceRequest):
            for of_resource in request.resource_metrics:
                for of_scope in of_resource.scope_metrics:
                    yield from ((_service(of_resource.resource), metric) for metric in of_scope.metrics)

    def logs(self) -> Iterator[tuple[str, LogRecord]]:
        """Every log line, with its service."""
        for request in self._requests("/v1/logs", ExportLogsServiceRequest):
            for of_resource in request.resource_logs:
                for of_scope in of_resource.scope_logs:
                    yield from ((_service(of_resource.resource), record) for record in of_scope.log_records)

    def __enter__(self) -> "OtlpReceiver":
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _requests(self, path: str, kind: type[R]) -> list[R]:
        return [kind.FromString(body) for body in list(self.bodies[path])]


def _keeping_in(bodies: dict[str, list[bytes]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self._body()
            is_packed = self.headers.get("content-encoding") == "gzip"
            bodies[self.path].append(gzip.decompress(body) if is_packed else body)
            self.send_response(200)
            self.end_headers()

        def _body(self) -> bytes:
            if "content-length" in self.headers:
                return self.rfile.read(int(self.headers["content-length"]))
            body = b""  # in chunks, as Envoy sends it
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            return body

        def log_message(self, *_: object) -> None:
            """Nothing: a test speaks for itself."""

    return Handler


def _service(resource: Resource) -> str:
    return next(one.value.string_value for one in resource.attributes if one.key == "service.name")
