"""What somebody has to do: opened and closed with the change that asks for it, or done by hand."""
