"""Sweep: a map of many experiments that fills in."""
