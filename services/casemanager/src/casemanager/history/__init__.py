"""What happened to people's profiles and logins: lines beside each change, never touched again."""
