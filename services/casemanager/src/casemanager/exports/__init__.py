"""Bookings as files that people take home."""
