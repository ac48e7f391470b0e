"""How long the messages of a batch take: at its rate, and texts within the hours in which phones may ring."""

from datetime import datetime, timedelta

from chassis.quiet_hours import next_closing, next_opening


def duration(emails: int, texts: int, *, rate: int, now: datetime, time_zone: str) -> timedelta:
    """From `now` until the last message is out, at `rate` messages a minute; emails may go at any hour."""
    moment = now
    email_time, text_time = timedelta(minutes=emails / rate), timedelta(minutes=texts / rate)
    while text_time > timedelta():
        opening = next_opening(moment, time_zone)
        email_time = max(email_time - (opening - moment), timedelta())
        # Both share the rate: what is sent first does not change when the last one is out.
        worked = min(next_closing(opening, time_zone) - opening, text_time)
        moment, text_time = opening + worked, text_time - worked
    return moment - now + email_time
