"""The words that an organization chooses from."""
