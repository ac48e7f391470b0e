"""OP-04: what a process tells about itself, received by a real OTLP receiver."""

import json
import os
import subprocess
import sys
import time
from socket import create_server

import pytest

from chassis.testing.otlp import OtlpReceiver

# A process of its own, since OpenTelemetry's providers are set once for each.
PROGRAM = """
from opentelemetry.trace import SpanKind
from chassis import telemetry
from chassis.settings import load, Settings
with telemetry.configured("example", load(Settings)):
    with telemetry.span("outer", kind=SpanKind.SERVER):
        telemetry.logger("example").warning("something.happened", count=7)
        telemetry.METER.create_counter("example.things").add(3, {"kind": "a"})
"""

# What a call brings along, and what stands in the process's words and in what it passes on.
TRAVELLING = """
import json, os, sys
from opentelemetry.trace import SpanKind
from chassis import telemetry
from chassis.settings import load, Settings
carrier = json.loads(os.environ["PORTICO_CARRIER"])
told = {}
with telemetry.configured("example", load(Settings)):
    with telemetry.plain_span("outer", carrier, kind=SpanKind.SERVER):
        with telemetry.span("inner", kind=SpanKind.CLIENT):
            telemetry.inject(told)
            told["inner"] = telemetry.traceparent()
        told["outer"] = telemetry.traceparent()
        told["id"] = telemetry.trace_id()
    told["after"] = telemetry.traceparent()
told["has_sdk"] = "opentelemetry.sdk" in sys.modules
print(json.dumps(told))
"""

FAILING = """
import os
import psycopg
from chassis import telemetry
telemetry.configure_logging("example", level="INFO", as_json=True)
try:
    with psycopg.connect(os.environ["PORTICO_DATABASE_URL"]) as connection:
        connection.execute("CREATE TEMP TABLE people (email text PRIMARY KEY)")
        try:
            for _ in range(2):
                connection.execute("INSERT INTO people VALUES (%s)", ["ana@example.org"])
        finally:
            raise KeyError("later")
except KeyError:
    telemetry.logger("example").exception("rpc.failed")
"""


@pytest.fixture
def collector():
    with OtlpReceiver() as receiver:
        yield receiver


def run(program=PROGRAM, **settings):
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
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_traces_metrics_and_logs_are_exported(collector):
    """OP-04: one span, one count and one log line arrive over OTLP, and the line names the span's trace."""
    line = run(OTLP_ENDPOINT=collector.url)
    [(of_span, span)] = collector.spans()
    [(of_record, record)] = collector.logs()
    [(of_metric, metric)] = collector.metrics()
    assert ["example"] * 3 == [of_span, of_record, of_metric]
    assert ("outer", span.trace_id.hex()) == (span.name, line["trace_id"])
    assert span.trace_id == record.trace_id
    assert line == json.loads(record.body.string_value)
    assert ("example.things", 3) == (metric.name, metric.sum.data_points[0].as_int)


def test_a_collector_that_does_not_answer_holds_nothing_up():
    """OP-04, OP-05: with a collector that takes the connection and is silent, the process ends within seconds."""
    with create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        run(OTLP_ENDPOINT=f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert time.monotonic() - began < 10


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


TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(("flags", "passed_on"), [("00", "00"), ("01", "00"), ("02", "02"), ("03", "02")])
def test_an_unrecorded_trace_goes_on(flags, passed_on):
    """OP-04: without a collector the caller's trace travels on by ids of our own, and never as sampled."""
    carrier = {"traceparent": f"00-{TRACE}-{PARENT}-{flags}", "tracestate": "vendor=1"}
    told = run(TRAVELLING, CARRIER=json.dumps(carrier))
    outer, inner = told["outer"].split("-"), told["inner"].split("-")
    assert told["inner"] == told["traceparent"]
    assert ("vendor=1", TRACE, "", False) == (told["tracestate"], told["id"], told["after"], told["has_sdk"])
    assert ["00", TRACE, passed_on] == [outer[0], outer[1], outer[3]] == [inner[0], inner[1], inner[3]]
    assert 3 == len({PARENT, outer[2], inner[2]})


@pytest.mark.parametrize("traceparent", [None, "garbage", f"00-{'0' * 32}-{PARENT}-01"])
def test_an_unrecorded_trace_begins(traceparent):
    """OP-04: without a collector, a call that brings no trace begins a random one, another at each."""
    carrier = json.dumps({} if traceparent is None else {"traceparent": traceparent})
    told, other = run(TRAVELLING, CARRIER=carrier), run(TRAVELLING, CARRIER=carrier)
    outer, inner = told["outer"].split("-"), told["inner"].split("-")
    assert ["00", told["id"], "02"] == [outer[0], outer[1], outer[3]] == [inner[0], inner[1], inner[3]]
    assert outer[2] != inner[2]
    assert 3 == len({told["id"], other["id"], "0" * 32})


def test_a_database_error_quotes_no_row(postgres_url):
    """OP-04: of an error of PostgreSQL the log has the message and where it came from, not the row."""
    told = run(FAILING, DATABASE_URL=postgres_url)["exception"]
    assert "UniqueViolation: duplicate key" in told
    assert told.endswith("KeyError: 'later'")
    assert "ana@" not in told
