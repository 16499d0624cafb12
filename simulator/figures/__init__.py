"""Tidy tables in, figures out: plain Plotly specs that carry their own words."""

from simulator.figures.distributions import distribution_curves, distribution_map
from simulator.figures.figure import Figure
from simulator.figures.propagation import layer_profile
from simulator.figures.saturation import activation_profile

__all__ = ["Figure", "activation_profile", "distribution_curves", "distribution_map", "layer_profile"]
