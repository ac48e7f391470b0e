"""When specialists can be booked: blocks of time on a date or in a series, with exceptions, and time off."""
