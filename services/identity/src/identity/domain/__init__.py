"""What identity decides: pure functions from a state, a command and the time to a new state or an error."""
