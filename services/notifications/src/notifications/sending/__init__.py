"""Each stored message is claimed, rendered and handed over, until a provider took it or its time is over."""
