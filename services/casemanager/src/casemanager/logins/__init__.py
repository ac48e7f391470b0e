"""The logins of people whom staff enter: identity keeps them, here is how they stand."""
