"""Traces, metrics and logs on their way to an OTLP collector.

Nothing else here knows OpenTelemetry's SDK: only a process that exports needs it.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

from opentelemetry import metrics, trace
from opentelemetry._logs import Logger, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

_LAST_WORDS = 3.0
"""Seconds that a process waits at its end for a collector."""


@contextmanager
def exported(service: str, *, endpoint: str, trace_ratio: float) -> Iterator[None]:
    """Exports what the process tells to the collector at `endpoint`; logging must have been set up.

    A collector that is away costs what it would have been told, and at the end three seconds.
    """
    resource = Resource.create({"service.name": service, "service.namespace": "portico"})
    sampler = ParentBased(TraceIdRatioBased(trace_ratio))
    tracers = TracerProvider(resource=resource, sampler=sampler, shutdown_on_exit=False)
    tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint}/v1/traces")))
    trace.set_tracer_provider(tracers)
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(f"{endpoint}/v1/metrics"))
    meters = MeterProvider(resource=resource, metric_readers=[reader], shutdown_on_exit=False)
    metrics.set_meter_provider(meters)
    loggers = LoggerProvider(resource=resource, shutdown_on_exit=False)
    loggers.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(f"{endpoint}/v1/logs")))
    root = logging.getLogger()
    handler = _OtlpHandler(loggers.get_logger("portico"))
    handler.setFormatter(root.handlers[0].formatter)
    root.addHandler(handler)
    try:
        yield
    finally:
        _within(_LAST_WORDS, tracers.shutdown, meters.shutdown, loggers.shutdown)


class _OtlpHandler(logging.Handler):
    """Sends each log line, as it stands on standard output, with the trace that it belongs to."""

    def __init__(self, exported: Logger) -> None:
        super().__init__()
        self._exported = exported

    def emit(self, record: logging.LogRecord) -> None:
        # What the exporter itself says must not come back to it.
        if record.name.startswith("opentelemetry"):
            return
        severity = {"WARNING": "WARN", "CRITICAL": "FATAL"}.get(record.levelname, record.levelname)
        self._exported.emit(
            timestamp=int(record.created * 1e9),
            severity_number=SeverityNumber[severity],
            severity_text=severity,
            body=self.format(record),
        )


def _within(seconds: float, *actions: Callable[[], None]) -> None:
    """Do all at once; what takes longer is left to end with the process."""
    deadline = time.monotonic() + seconds
    threads = [Thread(target=action, daemon=True) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0))
