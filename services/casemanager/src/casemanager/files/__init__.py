"""What is the same for every file that people send: what it is by its content, its name, and whether it is clean."""
