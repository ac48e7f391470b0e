"""The companies: customers of the provider, whom case managers work for."""
