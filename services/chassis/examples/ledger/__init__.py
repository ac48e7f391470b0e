"""A service as small as can be, to be read first: the README says where to begin."""
