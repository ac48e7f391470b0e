"""What several features need; imports none of them."""
