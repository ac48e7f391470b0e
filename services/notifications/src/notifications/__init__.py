"""Email and SMS: templates, delivery, retries."""
