"""Messages: one table, and the statements that touch it, one file per topic."""
