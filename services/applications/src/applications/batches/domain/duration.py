"""How long the messages of a batch take: at its rate, and texts within the hours in which phones may ring."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

OPENING, CLOSING = time(8), time(21)
"""NT-13: when texts in bulk go out, by the organization's clock."""


def duration(emails: int, texts: int, *, rate: int, now: datetime, time_zone: str) -> timedelta:
    """From `now` until the last message is out, at `rate` messages a minute; emails may go at any hour."""
    zone, moment = ZoneInfo(time_zone), now
    email_time = timedelta(minutes=emails / rate)
    text_time = timedelta(minutes=texts / rate)
    while text_time > timedelta():
        opening, closing = _open_hours(moment, zone)
        if moment < opening:
            email_time = max(email_time - (opening - moment), timedelta())
            moment = opening
        # Both share the rate: what is sent first does not change when the last one is out.
        worked = min(closing - moment, text_time)
        moment, text_time = moment + worked, text_time - worked
    return moment - now + email_time


def _open_hours(moment: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The hours that a moment lies in, or the next ones."""
    day = moment.astimezone(zone).date()
    while True:
        opening, closing = (
            datetime.combine(day, hour, tzinfo=zone).astimezone(moment.tzinfo) for hour in (OPENING, CLOSING)
        )
        if moment < closing:
            return opening, closing
        day += timedelta(days=1)
