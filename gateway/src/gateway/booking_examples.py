"""The part of the examples that tells of a booking: Priya asks that Dr Zhang sees Noah Tran, and it is confirmed."""

from collections.abc import Mapping

_BOOKING_ID = "019a4d34-8e9f-7154-ad73-4f5a6b7c8d93"
_OPTION_ID = "019a4d50-1b2c-7d30-8e4f-60718293a4b5"
_ACCOUNT_ID = "019a4d11-4d5e-7c63-9f72-6b8cad2e4f51"
_AVAILABILITY_ID = "019a4d32-6c7d-7f32-8b51-2d3e4f5a6b71"
_NINE, _QUARTER_TO_TEN = "2026-03-02T22:00:00Z", "2026-03-02T22:45:00Z"
_WEDNESDAY = {"startTime": "2026-03-03T22:00:00Z", "endTime": "2026-03-04T06:00:00Z"}
_SLOT = {"availabilityId": _AVAILABILITY_ID, "startTime": _NINE}
_ASKED = "2026-02-16T03:20:00Z"

VALUES: Mapping[str, object] = {
    "option_id": _OPTION_ID,
    "option_ids": [_OPTION_ID],
    "etag": "3",
    "place_address": "40 Oxford Street, Bondi Junction NSW 2022",
    "windows": [_WEDNESDAY],
    "wishes": [_WEDNESDAY],
    "rebooked_from_id": None,
    "suggest_rebooking": True,
    "outside_availability_reason": "The specialist agreed by phone",
    "minutes": 45,
    "Booking.id": _BOOKING_ID,
    "Booking.number": "B-000123",
    "Booking.note": "Prefers mornings",
    "Booking.way": "SLOT",
    "Booking.wishes": [],
    "Booking.state": "CONFIRMED",
    "Booking.state_time": _ASKED,
    "Booking.allowed_actions": ["UPLOAD_PAPERWORK", "RESCHEDULE", "REQUEST_MOVE", "CANCEL", "UPDATE"],
    "Booking.outside_availability": False,
    "Booking.start_time": _NINE,
    "Booking.end_time": _QUARTER_TO_TEN,
    "Booking.options": [],
    "Booking.expire_time": None,
    "Booking.cancellation": None,
    "Booking.decline": None,
    "Booking.cancellation_kind_now": "NO_FEE",
    "Booking.move_request": None,
    "Booking.paperwork_due_time": "2026-02-24T06:00:00Z",
    "Booking.paperwork_sent_time": None,
    "Booking.report_due_time": None,
    "Booking.report_version": 0,
    "Booking.calendar_sequence": 0,
    "Booking.rebooked_from_id": "",
    "Booking.open_tasks": 1,
    "PaperworkCounts.received": 0,
    "PaperworkCounts.scanning": 1,
    "PaperworkCounts.clean": 2,
    "PaperworkCounts.quarantined": 0,
    "PaperworkCounts.sent": 1,
    "Booking.request_time": _ASKED,
    "Booking.confirm_time": _ASKED,
    "Booking.outcome_time": None,
    "Booking.report_time": None,
    "BookingPatch.note": "Prefers mornings; a companion comes along",
    "BookingPatch.specialty": None,
    "BookingPatch.wishes": None,
    "BookingPatch.responsible_staff_id": None,
    "BookingHistoryEntry.kind": "RESCHEDULED",
    "BookingHistoryEntry.actor": "OWN_CASE_MANAGER",
    "BookingHistoryEntry.actor_id": _ACCOUNT_ID,
    "BookingHistoryEntry.actor_name": "Priya Raman",
    "BookingHistoryEntry.from_state": "CONFIRMED",
    "BookingHistoryEntry.to_state": "CONFIRMED",
    "BookingHistoryEntry.reason": "SUBJECT_UNAVAILABLE",
    "BookingHistoryEntry.comment": "Another hearing that day",
    "BookingHistoryEntry.changes": ["start_time: 2026-03-01T22:00:00Z → 2026-03-02T22:00:00Z"],
    "SlotChoice.start_time": _NINE,
    "TimeChoice.start_time": _NINE,
    "ListBookingsRequest.scope": "MINE",
    "ListBookingsRequest.states": ["OFFERED", "CONFIRMED"],
    "ListBookingsRequest.query": "tran",
    **{
        f"{request}.{name}": None
        for request in ("ListBookingsRequest", "ExportBookingsRequest")
        for name in (
            *("case_id", "company_id", "business_unit_id", "case_manager_id", "specialist_id", "place_id"),
            *("service_type", "mode", "paperwork_missing", "outcome_due", "report_due", "report_overdue"),
            *("create_time_from", "create_time_before"),
        )
    },
    "ListBookingsRequest.start_time_from": "2026-03-01T13:00:00Z",
    "ListBookingsRequest.start_time_before": "2026-04-01T13:00:00Z",
    "ListBookingsRequest.order_by": "start_time",
    "ExportBookingsRequest.format": "XLSX",
    "ExportBookingsRequest.scope": "UNIT",
    "ExportBookingsRequest.states": ["REPORTED"],
    "ExportBookingsRequest.query": None,
    "ExportBookingsRequest.start_time_from": "2026-01-01T00:00:00Z",
    "ExportBookingsRequest.start_time_before": "2027-01-01T00:00:00Z",
    "ExportBookingsRequest.order_by": "start_time",
    "ListBookingsRequest.with_counts": None,
    "ListBookingsResponse.state_counts": [],
    "RequestBookingRequest.wishes": {"windows": [_WEDNESDAY]},
    "RequestBookingRequest.note": "Prefers mornings",
    "RequestBookingRequest.case_manager_id": None,
    "OfferedTime.slot": _SLOT,
    "RequestMoveRequest.wishes": {"windows": [_WEDNESDAY]},
    "RecordOutcomeRequest.outcome": "ATTENDED",
    "RecordOutcomeRequest.comment": "On time",
    "SetCancellationKindRequest.kind": "NO_FEE",
    "SetCancellationKindRequest.comment": "As agreed with the insurer",
    "CancelBookingRequest.kind": None,
    "AddBookingNoteRequest.note": "The specialist's rooms called: the lift is out of order",
    "UpdateBookingRequest.update_mask": "note",
    "AssignBookingRequest.comment": "Priya is on leave",
    "TakeOverBookingRequest.comment": "Priya is on leave",
    "DeclineMoveRequest.comment": "Nothing else is free before the hearing",
    **{
        f"{name}Request.{field}": value
        for name in ("RefuseOptions", "DeclineBooking", "CancelBooking", "RescheduleBooking", "RequestMove")
        for field, value in (("reason", "SUBJECT_UNAVAILABLE"), ("comment", "Another hearing that day"))
    },
}
