"""Where everything begins: the way in by an invitation, a code, a password."""
