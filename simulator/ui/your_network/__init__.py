"""Your network: a probe of a visitor's own model."""
