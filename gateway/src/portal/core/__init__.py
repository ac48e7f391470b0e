"""What stands around every page, whatever its area."""
