"""The fate of a network in a number format, in words."""

from __future__ import annotations

import numpy as np

from simulator.studies.precision import Precision


def fate(result: Precision, name: str) -> str:
    """The fate of the network in a format, in one sentence without its full stop."""
    sentences = [
        words.format(layer=layer)
        for event, words in (
            ("overflow", "h overflows at layer {layer}"),
            ("square_overflow", "h² and with it a variance overflows at layer {layer}, before h"),
            ("vanished", "every h is 0 at layer {layer}"),
            ("gradient_overflow", "on the way back, gradients overflow at layer {layer}"),
            ("gradient_vanished", "on the way back, every gradient is 0 at layer {layer}"),
        )
        if (layer := result.measured(name, event)) is not None
        and not (event == "square_overflow" and layer == result.measured(name, "overflow"))
    ]
    curves = result.curves[name]
    for event, pair, words in (
        ("", ("activation", "rounded_fraction"), "of x are exactly a limit of φ"),
        ("vanished", ("activation", "underflowed_fraction"), "of x became 0"),
        ("gradient_vanished", ("preactivation_gradient", "underflowed_fraction"), "of ∂E/∂h became 0"),
    ):
        shares = np.nan_to_num(curves[pair][0][0]) if pair in curves else np.zeros(1)
        # Where all of a layer became 0 the sentence has said so.
        if shares.max() > 0 and not (event and result.measured(name, event) is not None):
            sentences.append(f"up to {_share(float(shares.max()))} {words} (layer {int(shares.argmax())})")
    return "; ".join(sentences) or "every value stays within range and none is rounded to a limit"


def first_layer(result: Precision, name: str, event: str) -> str:
    """Where an event is first met, and in brackets where theory expects it."""
    measured = result.measured(name, event)
    predicted = result.predicted(name, event) if result.expected else None
    texts = [str(layer or "never") for layer in (measured, predicted)]
    return texts[0] if texts[0] == texts[1] == "never" or not result.expected else f"{texts[0]} ({texts[1]})"


def _share(fraction: float) -> str:
    return f"{100 * fraction:.3g}%"
