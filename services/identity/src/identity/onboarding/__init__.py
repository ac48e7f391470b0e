"""The command that makes an organization with its first administrator."""
