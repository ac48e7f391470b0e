"""The aggregate: a message from the request for it to its last attempt, and what others hear of it."""
