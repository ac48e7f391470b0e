"""What happened to the logins of an organization, for its administrators to read."""
