"""The tables of batches and their statements."""
