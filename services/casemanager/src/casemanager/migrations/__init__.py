"""The migrations of casemanager."""
