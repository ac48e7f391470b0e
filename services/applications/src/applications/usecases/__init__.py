"""What applications does: one function for each verb."""
