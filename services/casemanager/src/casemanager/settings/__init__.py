"""How an organization books: what its administrators set."""
