"""Jacobian: singular values from input to output."""
