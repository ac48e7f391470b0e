"""Case managers, their bookings and paperwork."""
