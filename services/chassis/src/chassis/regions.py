"""What differs from country to country, by their codes (ISO 3166-1)."""

TWELVE_HOURS = frozenset({"US", "AS", "GU", "MP", "PR", "VI"})
"""The United States and their territories, where also who reads Spanish writes 5:00 p.m."""
