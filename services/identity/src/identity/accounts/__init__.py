"""The aggregate: an account with its sessions and the proof that waits for it."""
