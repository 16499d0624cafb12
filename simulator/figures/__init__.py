"""Tidy tables in, figures out: plain Plotly specs that carry their own words."""

from simulator.figures.comparison import multiples, overlay
from simulator.figures.distributions import distribution_curves, distribution_map
from simulator.figures.drawn import curve_distances, curve_layers, with_drawn
from simulator.figures.ensemble import mean_and_median, network_fan
from simulator.figures.figure import Figure
from simulator.figures.gain_sweep import gain_survival
from simulator.figures.gains import gain_gradients, gain_sizes
from simulator.figures.jacobian import jacobian_profile, singular_values
from simulator.figures.lines import line_chart
from simulator.figures.maps import correlation_map, length_map
from simulator.figures.matrix import cell_matrix
from simulator.figures.modules import module_profile
from simulator.figures.phase_diagram import phase_plane
from simulator.figures.precision import cross_entropy_curves, format_profile, lost_map
from simulator.figures.propagation import layer_profile
from simulator.figures.published import published_offsets, published_table
from simulator.figures.saturation import activation_profile
from simulator.figures.spread import ending_histogram, log_spread
from simulator.figures.strip import network_strip
from simulator.figures.sums import sum_histogram, sum_sizes
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
from simulator.figures.veil import veiled
from simulator.figures.votes import vote_bars

__all__ = [
    "Figure",
    "activation_profile",
    "cell_matrix",
    "change_ranks",
    "correlation_map",
    "cross_entropy_curves",
    "curve_distances",
    "curve_layers",
    "distribution_curves",
    "distribution_map",
    "ending_histogram",
    "first_layer",
    "format_profile",
    "gain_gradients",
    "gain_sizes",
    "gain_survival",
    "jacobian_profile",
    "layer_maps",
    "layer_moment",
    "layer_profile",
    "length_map",
    "line_chart",
    "log_spread",
    "lost_map",
    "mean_and_median",
    "module_profile",
    "multiples",
    "network_fan",
    "network_strip",
    "overlay",
    "phase_plane",
    "published_offsets",
    "published_table",
    "singular_values",
    "sum_histogram",
    "sum_sizes",
    "sweep_lines",
    "sweep_maps",
    "training_accuracy",
    "training_loss",
    "update_ratios",
    "veiled",
    "vote_bars",
    "with_drawn",
]
