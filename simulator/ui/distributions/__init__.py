"""Distributions: the values of every layer as a map and as curves."""
