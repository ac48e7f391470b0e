"""How often wrong passwords came for an account, and from where; and who has to wait therefore."""
