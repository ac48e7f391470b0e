"""What makes a password good enough, and the process that hashes and assesses them; it knows no account."""
