"""The people who are booked."""
