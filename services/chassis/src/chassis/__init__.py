"""What every service of Portico needs, and no business noun."""
