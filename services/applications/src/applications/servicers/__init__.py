"""protobuf ↔ domain, nothing else."""
