"""OP-04: what a process tells about itself, received by a real OTLP receiver."""

import gzip
import json
import os
import subprocess
import sys
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

KINDS = {
    "/v1/traces": ExportTraceServiceRequest,
    "/v1/metrics": ExportMetricsServiceRequest,
    "/v1/logs": ExportLogsServiceRequest,
}
# A process of its own, since OpenTelemetry's providers are set once for each.
PROGRAM = """
import sys
from chassis import telemetry
from chassis.settings import load, Settings
telemetry.configure("example", load(Settings))
with telemetry.TRACER.start_as_current_span("outer"):
    telemetry.logger("example").warning("something.happened", count=7)
    telemetry.METER.create_counter("example.things").add(3, {"kind": "a"})
"""


@pytest.fixture
def receiver():
    """A collector: what came, by kind; its address as `url`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            server.came[self.path].append(KINDS[self.path].FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.came = defaultdict(list)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def run(**settings):
    required = {
        "DATABASE_URL": "postgresql://x",
        "NATS_URL": "nats://x",
        "TLS_CA": "x",
        "TLS_CERT": "x",
        "TLS_KEY": "x",
        "HASH_KEY": "A" * 43,
        "IDENTITY_ADDRESS": "x",
    }
    environment = {f"PORTICO_{name}": value for name, value in {**required, **settings}.items()}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_traces_metrics_and_logs_are_exported(receiver):
    """OP-04: one span, one count and one log line arrive over OTLP, and the line names the span's trace."""
    line = run(OTLP_ENDPOINT=f"http://127.0.0.1:{receiver.server_port}")
    [span] = receiver.came["/v1/traces"][0].resource_spans[0].scope_spans[0].spans
    [record] = receiver.came["/v1/logs"][0].resource_logs[0].scope_logs[0].log_records
    [metric] = receiver.came["/v1/metrics"][-1].resource_metrics[0].scope_metrics[0].metrics
    assert ("outer", span.trace_id.hex()) == (span.name, line["trace_id"])
    assert span.trace_id == record.trace_id
    assert line == json.loads(record.body.string_value)
    assert ("example.things", 3) == (metric.name, metric.sum.data_points[0].as_int)
    resource = receiver.came["/v1/traces"][0].resource_spans[0].resource
    assert "example" in {attribute.value.string_value for attribute in resource.attributes}


def test_log_lines_are_json_with_trace_ids():
    """OP-04: without a collector a log line still has level, time, service and trace."""
    line = run()
    assert ("something.happened", 7, "warning", "example") == (
        line["event"],
        line["count"],
        line["level"],
        line["service"],
    )
    assert len(line["trace_id"]) == 32
    assert line["timestamp"].endswith("Z")
