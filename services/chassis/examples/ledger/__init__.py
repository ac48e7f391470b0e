"""A service as small as can be: the accounts of a ledger, for the tests of the chassis."""
