"""Saturation: where preactivations lie on their activation."""
