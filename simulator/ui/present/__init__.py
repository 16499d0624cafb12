"""Present: scenes for a projector."""
