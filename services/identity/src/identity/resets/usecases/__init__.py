"""How a password is asked for, and how it is set."""
