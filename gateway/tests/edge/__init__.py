"""A package with a name of its own: pytest would take files right in `gateway/tests` for parts of `gateway` itself."""
