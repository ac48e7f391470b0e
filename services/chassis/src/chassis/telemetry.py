"""Traces, metrics and logs by OpenTelemetry; logs as JSON with trace ids and no personal data."""

import logging
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from threading import Thread
from typing import Any

import structlog
from opentelemetry import metrics, trace
from opentelemetry._logs import Logger, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from chassis.settings import ProcessSettings

TRACER = trace.get_tracer("portico")
METER = metrics.get_meter("portico")
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""Buckets of a duration, as the semantic conventions have them for HTTP; OpenTelemetry's own are for milliseconds."""
_LAST_WORDS = 3.0
"""Seconds that a process waits at its end for a collector."""
_QUOTED = re.compile(r"\n(DETAIL|CONTEXT): .*?(?=\n\n(During|The above)|\Z)", re.DOTALL)
"""What PostgreSQL says below an error: it quotes the row or the parameters."""
_propagator = TraceContextTextMapPropagator()


@contextmanager
def configured(service: str, settings: ProcessSettings) -> Iterator[None]:
    """Sets up logging, and exports traces, metrics and logs when an OTLP endpoint is set; once per process.

    A collector that is away costs what it would have been told, and at the end three seconds.
    """
    configure_logging(service, level=settings.log_level, as_json=settings.log_format == "json")
    resource = Resource.create({"service.name": service, "service.namespace": "portico"})
    endpoint = settings.otlp_endpoint.rstrip("/")
    if not endpoint:
        # Nothing is recorded, but trace ids are still made: errors and logs name them.
        trace.set_tracer_provider(TracerProvider(resource=resource, sampler=ALWAYS_OFF))
        yield
        return
    # With `requests` they cost a tenth of a second and 9 MB, and only a process that exports needs them.
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    sampler = ParentBased(TraceIdRatioBased(settings.trace_ratio))
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


def _within(seconds: float, *actions: Callable[[], None]) -> None:
    """Do all at once; what takes longer is left to end with the process."""
    deadline = time.monotonic() + seconds
    threads = [Thread(target=action, daemon=True) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0))


def configure_logging(service: str, *, level: str, as_json: bool) -> None:
    """Routes structlog and the standard library's loggers to one line an event on standard output."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
        _add_service(service),
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    render: list[structlog.typing.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        _drop_quoted_rows,
        last,
    ]
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=render))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # They tell each request with its address; our own spans say what matters.
    for noisy in ("httpx", "httpcore", "alembic", "hpack"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It warns before each of its own retries.
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)


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


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; events are sentences' stems (`relay.published`), facts are keyword arguments."""
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return bound


def trace_id() -> str:
    """The current trace's id as 32 hex digits."""
    return format(trace.get_current_span().get_span_context().trace_id, "032x")


@contextmanager
def span(name: str, *, kind: SpanKind, traceparent: str | None = None) -> Iterator[Span]:
    """A span in the present trace, or in the one that `traceparent` names.

    Of an error it keeps the reason or the class: the words may quote a row of the database.
    """
    context = extract({"traceparent": traceparent}) if traceparent else None
    with TRACER.start_as_current_span(
        name, context, kind=kind, record_exception=False, set_status_on_exception=False
    ) as started:
        try:
            yield started
        except Exception as error:
            started.set_status(Status(StatusCode.ERROR, getattr(error, "reason", type(error).__name__)))
            raise


def inject(carrier: MutableMapping[str, str]) -> None:
    """Writes the current trace context into the carrier (W3C `traceparent`)."""
    _propagator.inject(carrier)


def traceparent() -> str:
    """The current trace context as a W3C `traceparent`; empty when there is none."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent", "")


def extract(carrier: Mapping[str, str]) -> Any:
    """The trace context that the carrier holds, to start a span with."""
    return _propagator.extract(carrier)


def _add_trace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = format(context.trace_id, "032x")
        event["span_id"] = format(context.span_id, "016x")
    return event


def _drop_quoted_rows(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if "exception" in event:
        event["exception"] = _QUOTED.sub("", event["exception"])
    return event


def _add_service(service: str) -> structlog.typing.Processor:
    def add(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    return add
