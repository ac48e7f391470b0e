"""How a batch is made, worked on, and told of."""
