"""Can I trust it? Published numbers beside the same numbers worked out here."""
