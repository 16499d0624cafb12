"""Compare: networks side by side."""
