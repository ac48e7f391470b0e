"""Signing in, the tokens that a signed-in person holds, and the end of sessions."""
