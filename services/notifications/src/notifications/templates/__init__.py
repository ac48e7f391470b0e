"""The words of every message, and how they become an email or an SMS for one person."""
