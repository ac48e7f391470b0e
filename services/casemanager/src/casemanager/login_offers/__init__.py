"""Offers of a login: their links, and the answers of who holds one."""
