"""The tables of identity and the statements on them, one module for each table and what is written with it."""
