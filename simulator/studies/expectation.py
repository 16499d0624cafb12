"""What infinite-width theory can say of a network, one sentence each."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What theory says of very deep networks, in one sentence."""

    ORDERED = "Ordered: with depth all inputs become alike and gradients vanish."
    CRITICAL = "Critical: signal and gradient change no faster than a power of depth."
    CHAOTIC = "Chaotic: with depth alike inputs become different and gradients explode."
    VANISHING = "Signal and gradient vanish with depth."
    EXPLODING = "Signal and gradient grow with depth, without bound."
    UNEQUAL = "The layers scale the signal differently, so no one phase describes the network."
    WIRED = "Layers with residual branches or normalization: theory follows each of them, no one phase describes them."
    NO_THEORY = "There is no infinite-width theory for weights whose mean is not zero."
    NO_PRE_THEORY = (
        "Branches that open with their activation have theory for Gaussian inputs and biases of mean 0 only."
    )
    SMALL_BATCH = "Batch norm has theory for large batches only, of four examples a layer or more."
    NO_NORM_THEORY = "This normalization says nothing of infinitely wide layers, so there is no theory of it."
