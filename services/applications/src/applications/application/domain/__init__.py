"""What this service decides: pure functions from a state, a command and the time to a new state and what happened."""
