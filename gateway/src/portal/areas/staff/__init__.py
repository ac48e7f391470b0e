"""What the people of an organization see and do."""
