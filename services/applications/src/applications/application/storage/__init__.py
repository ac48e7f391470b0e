"""Tables and statements of applications."""
