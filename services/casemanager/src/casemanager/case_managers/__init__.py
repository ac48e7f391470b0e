"""The people who book specialists for their companies."""
