"""Activation and reset, one mechanism: a link or a code lets its holder set a password, once. And changing it."""
