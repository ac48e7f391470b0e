"""The parts of a company, whose case managers see one another's bookings."""
