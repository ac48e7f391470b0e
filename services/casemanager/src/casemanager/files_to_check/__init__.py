"""What of all bookings the scanner held back or has said nothing of: paperwork and reports, for staff."""
