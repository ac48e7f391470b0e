"""The message that tells people where they sign in."""
