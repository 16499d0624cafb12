"""Number formats: the network as each of them runs it."""
