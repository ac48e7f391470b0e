"""A request is checked, and becomes a stored message; or is taken back."""
