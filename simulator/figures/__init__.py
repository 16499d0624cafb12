"""Tidy tables in, figures out: plain Plotly specs that carry their own words."""

from simulator.figures.distributions import distribution_curves, distribution_map
from simulator.figures.ensemble import mean_and_median, network_fan
from simulator.figures.figure import Figure
from simulator.figures.gains import gain_gradients, gain_sizes
from simulator.figures.jacobian import jacobian_profile, singular_values
from simulator.figures.maps import correlation_map, length_map
from simulator.figures.phase_diagram import phase_plane
from simulator.figures.precision import cross_entropy_curves, format_profile, lost_map
from simulator.figures.propagation import layer_profile
from simulator.figures.saturation import activation_profile
from simulator.figures.spread import ending_histogram, log_spread
from simulator.figures.sweep import sweep_lines, sweep_maps
from simulator.figures.training import (
    change_ranks,
    first_layer,
    layer_maps,
    layer_moment,
    training_accuracy,
    training_loss,
    update_ratios,
)

__all__ = [
    "Figure",
    "activation_profile",
    "change_ranks",
    "correlation_map",
    "cross_entropy_curves",
    "distribution_curves",
    "distribution_map",
    "ending_histogram",
    "first_layer",
    "format_profile",
    "gain_gradients",
    "gain_sizes",
    "jacobian_profile",
    "layer_maps",
    "layer_moment",
    "layer_profile",
    "length_map",
    "log_spread",
    "lost_map",
    "mean_and_median",
    "network_fan",
    "phase_plane",
    "singular_values",
    "sweep_lines",
    "sweep_maps",
    "training_accuracy",
    "training_loss",
    "update_ratios",
]
