"""Appointments of cases with specialists: from the request to their end."""
