"""Infinite-width theory's needs of an experiment, and its answers on a network, one sentence each."""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise

from simulator.experiment import Experiment
from simulator.gaussian import moments
from simulator.theory.infinite_width import Layer
from simulator.theory.wired import Wiring


class DeepOutcome(StrEnum):
    """Theory of very deep networks, in one sentence."""

    ORDERED = "Ordered: with depth all inputs become alike and gradients vanish."
    CRITICAL = "Critical: signal and gradient change no faster than a power of depth."
    CHAOTIC = "Chaotic: with depth alike inputs become different and gradients explode."
    VANISHING = "Signal and gradient vanish with depth."
    EXPLODING = "Signal and gradient grow with depth, without bound."
    UNEQUAL = "The layers scale the signal differently, so no one phase describes the network."
    WIRED = "Layers with branches, normalization or dropout: theory follows each of them, no one phase describes them."
    NO_THEORY = "There is no infinite-width theory for weights whose mean is not zero."
    NO_PRE_THEORY = (
        "Branches that open with their activation have theory for Gaussian inputs and biases of mean 0 only."
    )
    SMALL_BATCH = "Batch norm has theory for large batches only, of four examples a layer or more."
    NO_NORM_THEORY = "This normalization says nothing of infinitely wide layers, so there is no theory of it."


def layers_of(experiment: Experiment) -> tuple[Layer, ...]:
    """The layers 1..L for theory."""
    layers, bias = [], experiment.bias_part
    arriving = experiment.inputs_part.moments(experiment.layer_widths[0]).second_moment
    for layer, (fan_in, fan_out) in enumerate(pairwise(experiment.layer_widths), 1):
        variance, rate = experiment.weight_variance(layer), experiment.dropout_at(layer)
        part = experiment.activation_at(layer)
        if experiment.lsuv == "on":  # W x has variance 1 whatever W's was, if it varies at all
            reached = fan_in * variance * arriving / (1 - rate)
            variance = variance / reached if reached else variance
            arriving = float(moments(part, float(reached > 0)).second_moment)
        of_bias = bias.variance(fan_in), bias.mean
        layers.append(Layer(part, fan_in * variance, fan_out * variance / (1 - rate), *of_bias, rate))
    return tuple(layers)


def obstacle(experiment: Experiment, wiring: Wiring) -> DeepOutcome | None:
    """Why there is no theory, None where there is."""
    if not all(experiment.init_at(layer).mean_field for layer in range(1, experiment.depth + 1)):
        return DeepOutcome.NO_THEORY
    if not wiring.known:
        return DeepOutcome.NO_NORM_THEORY
    if not experiment.normalization_part.is_large(experiment.batch, experiment.depth):
        return DeepOutcome.SMALL_BATCH
    if not wiring.residual.before:
        return None
    # The first branch of this kind puts the inputs themselves through the activation.
    inputs = experiment.inputs_part
    centred = inputs.moments(experiment.layer_widths[0]).mean == experiment.bias_part.mean == 0
    return None if inputs.normal and centred else DeepOutcome.NO_PRE_THEORY
