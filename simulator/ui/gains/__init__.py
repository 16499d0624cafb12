"""Gains: what each activation asks of its weights."""
