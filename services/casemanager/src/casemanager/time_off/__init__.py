"""When specialists are away: their time is blocked."""
