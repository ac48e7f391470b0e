"""What a case manager sees and sets of themselves."""
