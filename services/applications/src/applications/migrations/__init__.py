"""How the tables of applications came about, step by step."""
