"""A page is a function: it asks the services, and renders what they say."""
