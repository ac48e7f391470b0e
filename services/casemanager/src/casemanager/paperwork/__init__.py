"""The files that a specialist needs for a booking: uploaded, checked, and sent to them."""
