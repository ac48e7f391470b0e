"""The matters of companies, each about a person who is to be seen."""
