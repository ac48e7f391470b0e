"""What staff do about the logins of specialists."""
