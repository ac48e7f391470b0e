"""What was given up, and how it is put back to work."""
