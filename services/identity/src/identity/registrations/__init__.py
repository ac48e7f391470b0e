"""Families: a proven contact becomes a login of their own."""
