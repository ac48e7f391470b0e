"""Traces, metrics and logs by OpenTelemetry; logs as JSON with trace ids and no personal data."""

import logging
import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog
from opentelemetry import metrics, trace
from opentelemetry.context import attach, detach
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from chassis.settings import ProcessSettings
from chassis.unrecorded import UnrecordedTracerProvider

TRACER = trace.get_tracer("portico")
METER = metrics.get_meter("portico")
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""Buckets of a duration, as the semantic conventions have them for HTTP; OpenTelemetry's own are for milliseconds."""
_QUOTED = re.compile(r"\n(DETAIL|CONTEXT): .*?(?=\n\n(During|The above)|\Z)", re.DOTALL)
"""What PostgreSQL says below an error: it quotes the row or the parameters."""
_propagator = TraceContextTextMapPropagator()


@contextmanager
def configured(service: str, settings: ProcessSettings) -> Iterator[None]:
    """Sets up logging, and exports traces, metrics and logs when an OTLP endpoint is set; once per process.

    A collector that is away costs what it would have been told, and at the end three seconds.
    """
    configure_logging(service, level=settings.log_level, as_json=settings.log_format == "json")
    endpoint = settings.otlp_endpoint.rstrip("/")
    if not endpoint:
        # Nothing is recorded, but trace ids are still made: errors and logs name them.
        trace.set_tracer_provider(UnrecordedTracerProvider())
        yield
        return
    # The SDK, which nothing else needs.
    from chassis.exporter import exported

    with exported(service, endpoint=endpoint, trace_ratio=settings.trace_ratio):
        yield


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


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; events are sentences' stems (`relay.published`), facts are keyword arguments."""
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return bound


def trace_id() -> str:
    """The current trace's id as 32 hex digits."""
    return format(trace.get_current_span().get_span_context().trace_id, "032x")


class plain_span:  # noqa: N801 it reads as `span` does
    """A span in the trace that the carrier names, or without a carrier in the present one; of errors it keeps nothing.

    A carrier without a `traceparent` begins a trace.
    """

    __slots__ = ("_span", "_token")

    def __init__(self, name: str, carrier: Mapping[str, str] | None, *, kind: SpanKind) -> None:
        context = None if carrier is None else _propagator.extract(carrier)
        self._span = TRACER.start_span(name, context, kind=kind)

    def __enter__(self) -> Span:
        self._token = attach(trace.set_span_in_context(self._span))
        return self._span

    def __exit__(self, *_: object) -> None:
        detach(self._token)
        self._span.end()


@contextmanager
def span(name: str, *, kind: SpanKind, traceparent: str | None = None) -> Iterator[Span]:
    """A span in the present trace, or in the one that `traceparent` names.

    Of an error it keeps the reason or the class: the words may quote a row of the database.
    """
    with plain_span(name, {"traceparent": traceparent} if traceparent else None, kind=kind) as started:
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
