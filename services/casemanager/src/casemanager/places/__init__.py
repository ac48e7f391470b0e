"""Where people are seen."""
