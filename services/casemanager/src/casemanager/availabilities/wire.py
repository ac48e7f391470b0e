"""An availability on the wire."""

from portico.casemanager.v1 import availabilities_pb2 as pb
from portico.casemanager.v1 import schedule_resources_pb2 as res

from casemanager.availabilities.domain.availability import AvailabilityException, ExceptionKind, Kind
from casemanager.availabilities.domain.changes import Block, Booked
from casemanager.reservations.wire import booked_times
from casemanager.shared.dates import day_of
from chassis.wire import timestamp

_SAME = (
    *("time_zone", "start_minute", "end_minute", "weekdays", "interval_weeks", "appointment_minutes"),
    *("step_minutes", "buffer_minutes", "minimum_notice_hours", "service_types"),
)


def availability_message(booked: Booked) -> res.Availability:
    """An availability, and the bookings that its change has left outside."""
    availability = booked.availability
    exceptions = [each for _, each in sorted(availability.exceptions.items())]
    return res.Availability(
        id=str(availability.id),
        specialist_id=str(availability.specialist_id),
        kind=res.Availability.Kind.ValueType(availability.kind),
        mode=res.AppointmentMode.ValueType(availability.mode),
        place_id=str(availability.place_id or ""),
        start_date=availability.start_date.isoformat(),
        end_date=availability.end_date.isoformat(),
        exceptions=map(_exception_message, exceptions),
        create_time=timestamp(availability.create_time),
        update_time=timestamp(availability.update_time),
        etag=str(availability.version),
        bookings=booked_times(booked.confirmed),
        **{name: getattr(availability, name) for name in _SAME},
    )


def written_block(block: pb.AvailabilityBlock) -> Block:
    """What is written of an availability; InvalidArgument for a date that no calendar has."""
    start = day_of(block.start_date, "block.start_date")
    return Block(
        kind=Kind(block.kind),
        service_types=tuple(block.service_types),
        start_minute=block.start_minute,
        end_minute=block.end_minute,
        start_date=start,
        end_date=day_of(block.end_date, "block.end_date") if block.end_date else start,
        weekdays=tuple(sorted(block.weekdays)),
        interval_weeks=block.interval_weeks or 1,
        appointment_minutes=block.appointment_minutes,
        step_minutes=block.step_minutes or None,
        buffer_minutes=block.buffer_minutes,
        minimum_notice_hours=block.minimum_notice_hours if block.HasField("minimum_notice_hours") else None,
    )


def written_exception(request: pb.SetAvailabilityExceptionRequest) -> AvailabilityException:
    """What is different on a date; InvalidArgument for one that no calendar has."""
    kind = ExceptionKind(request.kind)
    changes = kind is ExceptionKind.CHANGED
    return AvailabilityException(
        date=day_of(request.date, "date"),
        kind=kind,
        start_minute=request.start_minute if changes else 0,
        end_minute=request.end_minute if changes else 0,
        reason=request.reason.strip(),
    )


def _exception_message(exception: AvailabilityException) -> res.AvailabilityException:
    return res.AvailabilityException(
        date=exception.date.isoformat(),
        kind=res.AvailabilityException.Kind.ValueType(exception.kind),
        start_minute=exception.start_minute,
        end_minute=exception.end_minute,
        reason=exception.reason,
    )
