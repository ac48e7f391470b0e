"""Bookable times, computed from availabilities and what is taken of them, and what a specialist's week holds."""
