"""How the tables of identity came about, step by step."""
