"""What becomes of the messages that carry invitations: of one, and of many of one batch."""
