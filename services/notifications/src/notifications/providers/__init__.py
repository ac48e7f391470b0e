"""Who takes the messages: an SMTP server, an SMS provider."""
