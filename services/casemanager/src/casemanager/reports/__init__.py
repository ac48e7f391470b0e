"""The reports of bookings: filed version by version, read by whom they are for, taken back."""
