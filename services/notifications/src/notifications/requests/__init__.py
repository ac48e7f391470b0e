"""What other services ask to be sent, by an event or a call, becomes a stored message."""
