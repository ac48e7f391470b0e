"""Applications, their invitations, and the links between guardians and family accounts."""
