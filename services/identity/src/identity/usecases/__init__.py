"""What identity does: one function for each decision, named by its verb. They load, let the domain decide, and save."""
