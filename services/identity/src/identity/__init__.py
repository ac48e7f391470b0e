"""Accounts, tokens, sessions and password resets."""
