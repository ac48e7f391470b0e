"""The tenants, each of them a realm that its people sign in to."""
