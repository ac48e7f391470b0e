"""The pages that people see: a client of the services like any other."""
