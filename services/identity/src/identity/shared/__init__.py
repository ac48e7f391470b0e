"""What several features need; it imports none of them."""
