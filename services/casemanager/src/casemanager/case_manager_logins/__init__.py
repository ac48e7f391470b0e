"""What staff do about the logins of case managers."""
