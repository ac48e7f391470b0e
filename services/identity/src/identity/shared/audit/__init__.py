"""Who did what to which account: written beside the change, and never touched again."""
