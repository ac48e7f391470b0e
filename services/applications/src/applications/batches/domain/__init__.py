"""What a batch decides: its states, and what becomes of each row. Pure."""
