"""How the organization books."""

import re
from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1.booking_settings_pb2 import (
    BookingSettingsPatch,
    GetBookingSettingsRequest,
    UpdateBookingSettingsRequest,
)
from portico.casemanager.v1.resources_pb2 import BookingSettings
from starlette.responses import Response

from chassis.errors import FieldViolation, InvalidArgument, ServiceError
from portal.core.context import PageContext
from portal.core.forms import Form

BOOKINGS = "/booking-settings"
CHECKS = ("enable_on_yes", "allow_unscanned")
NUMBERS = (
    *("hold_hours", "request_days", "minimum_notice_hours", "horizon_days", "cancellation_notice_hours"),
    *("paperwork_days", "report_days"),
)
REMINDER_DAYS, REMINDER_TIME, HOLIDAYS = "reminder_days", "reminder_minute", "holidays"
EMAIL = "booking_email"
WRITTEN = (*CHECKS, *NUMBERS, EMAIL, REMINDER_DAYS, REMINDER_TIME, HOLIDAYS)
_MINUTES = 60
_ABOUT = frozenset({"SETTING_OUT_OF_BOUNDS", "CONTACT_INVALID", "CONCURRENT_CHANGE", "INVALID_REQUEST"})
_MAX_DIGITS = 6


async def show(context: PageContext) -> Response:
    """The form, filled with what holds; what was typed and refused stays."""
    settings = await context.services.casemanager.GetBookingSettings(GetBookingSettingsRequest())
    if not context.form.values:
        context.form = _form_of(settings)
    return context.render("settings/bookings.html", settings=settings)


async def change(context: PageContext) -> Response:
    """Saves what was chosen; what is wrong stands beside its field."""
    try:
        request = UpdateBookingSettingsRequest(
            request_id=context.form["request_id"],
            settings=BookingSettingsPatch(**_written(context.form)),
            update_mask=FieldMask(paths=WRITTEN),
            etag=context.form["etag"],
        )
        await context.services.casemanager.UpdateBookingSettings(request)
    except ServiceError as error:
        if error.reason not in _ABOUT:
            raise
        context.form = context.form.refused(error, context.i18n)
        return await show(context)
    return context.redirect(BOOKINGS, flash="booking-settings-saved")


def _form_of(settings: BookingSettings) -> Form:
    at = time(*divmod(settings.reminder_minute, _MINUTES))
    return Form(
        {
            **{name: "yes" if getattr(settings, name) else "" for name in CHECKS},
            **{name: str(getattr(settings, name)) for name in NUMBERS},
            EMAIL: settings.booking_email,
            REMINDER_DAYS: ", ".join(map(str, settings.reminder_days)),
            REMINDER_TIME: f"{at:%H:%M}",
            HOLIDAYS: "\n".join(settings.holidays),
        }
    )


def _written(form: Form) -> Mapping[str, Any]:
    """What was typed, by field; raises InvalidArgument for what is no number and no time."""
    violations: list[FieldViolation] = []
    values: dict[str, Any] = {**{name: bool(form[name]) for name in CHECKS}, EMAIL: form[EMAIL]}
    for name in NUMBERS:
        values[name] = _numbers(name, [form[name]], violations)[0]
    values[REMINDER_DAYS] = _numbers(REMINDER_DAYS, re.split(r"[\s,;]+", form[REMINDER_DAYS]), violations)
    try:
        at = time.fromisoformat(form[REMINDER_TIME])
        values[REMINDER_TIME] = at.hour * _MINUTES + at.minute
    except ValueError:
        violations.append(FieldViolation(REMINDER_TIME, "TIME_INVALID", "no time of the day"))
    # One on each line; what is wrong with any of them stands at the field.
    values[HOLIDAYS] = form[HOLIDAYS].split()
    if not all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", day) for day in values[HOLIDAYS]):
        violations.append(FieldViolation(HOLIDAYS, "DATE_INVALID", "no date"))
    if violations:
        raise InvalidArgument(violations=violations)
    return values


def _numbers(name: str, written: Sequence[str], violations: list[FieldViolation]) -> list[int]:
    """The numbers; notes at the field what is none."""
    filled = [number for number in written if number] or ([] if name == REMINDER_DAYS else [""])
    if not all(number.isdecimal() and number.isascii() and len(number) <= _MAX_DIGITS for number in filled):
        violations.append(FieldViolation(name, "NUMBER_OUT_OF_RANGE", "no number"))
        return [0]
    return [int(number) for number in filled]
