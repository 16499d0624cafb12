"""Experiments worth a look, as plain data: each title is a claim that a test checks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import streamlit as st

from simulator.experiment import Experiment
from simulator.settings import Value
from simulator.ui import notices, state


@dataclass(frozen=True)
class Example:
    """A claim, what to look for, the settings that differ from the defaults, and its group in the menu."""

    title: str
    see: str
    changes: dict[str, Value]
    group: str

    @cached_property
    def experiment(self) -> Experiment:
        """The whole experiment this preset stands for."""
        return Experiment().replace(**self.changes)


GROUPS = ("Saturation", "Vanishing", "Exploding", "Right", "Finite width")

PRESETS = {
    "saturates": Example(
        "tanh + N(0,1): everything saturates",
        "Nine units in ten sit on the flat parts of tanh, and yet the gradient grows on its way back: "
        "saturation is not vanishing.",
        {"activation": "tanh", "init": "normal(std=1)"},
        "Saturation",
    ),
    "quiet": Example(
        "tanh + 0.01 N(0,1): dies quietly",
        "Nothing saturates, and still the signal is gone after ten layers: small weights are not enough.",
        {"activation": "tanh", "init": "normal(std=0.01)", "depth": 10, "width": 500, "batch": 1000},
        "Vanishing",
    ),
    "fades": Example(
        "tanh + Xavier: fades like a power",
        "Both curves flatten out: each layer costs less than the one before, so neither signal nor gradient is lost.",
        {"activation": "tanh", "init": "xavier_normal", "width": 512},
        "Right",
    ),
    "grows": Example(
        "tanh, gain 5/3: gradients grow",
        "The variance of the activations settles near 0.42; the gradient's grows by about a fifth per layer.",
        {"activation": "tanh", "init": "xavier_normal", "gain": 5 / 3, "width": 512},
        "Exploding",
    ),
    "halves": Example(
        "ReLU + Xavier: halves per layer",
        "Half the gates are shut, and nothing pays for it: both passes lose a factor 2 per layer.",
        {"activation": "relu", "init": "xavier_normal"},
        "Vanishing",
    ),
    "holds": Example(
        "ReLU + He: holds",
        "The 2 in 2/n pays for the shut gates: both curves stay level, up to chance.",
        {"activation": "relu", "init": "he_normal"},
        "Right",
    ),
    "dropout": Example(
        "ReLU + He, dropout 1/2: doubles per layer",
        "What is kept is divided by 1 − p: the mean stays, the mean square doubles. A gain of √(1 − p) pays for it.",
        {"activation": "relu", "init": "he_normal", "dropout": 0.5},
        "Exploding",
    ),
    "sigmoid": Example(
        "sigmoid: no ordinary gain saves it",
        "The signal settles at once, the gradient loses a factor of about 18 per layer. Try gains of 2 and 4.",
        {"activation": "sigmoid", "init": "xavier_normal"},
        "Vanishing",
    ),
    "torch": Example(
        "PyTorch default: forgets its input",
        "Weights of variance 1/(3n) divide the gradient by six per layer; forward, only the biases are left, "
        "and every example looks alike.",
        {"activation": "relu", "init": "torch_default", "bias": "torch_default"},
        "Vanishing",
    ),
    "slip": Example(
        "2/n as std: gone in ten layers",
        "He's 2/n is a variance. Taken for the standard deviation, every layer multiplies the variance by 2/n.",
        {"activation": "relu", "init": "slip_std_2_over_n", "depth": 10},
        "Vanishing",
    ),
    "chance": Example(
        "Narrow and deep: chance, not the scheme",
        "Eight networks from one right scheme end orders of magnitude apart; the mean is kept, the median is not.",
        {"activation": "relu", "init": "he_normal", "width": 16, "depth": 50, "seeds": 8},
        "Finite width",
    ),
    "zeros": Example(
        "Zeros: nothing moves",
        "No signal forward, no gradient for any weight: gradient descent stays where it is.",
        {"activation": "tanh", "init": "zeros", "depth": 10},
        "Vanishing",
    ),
}


def menu() -> None:
    """The presets in groups, behind one button; `see` says what to look for in the one that is chosen."""
    with st.popover("Examples", icon=":material/lightbulb:", key="menu"), st.container(key="presets"):
        for group in GROUPS:
            st.html(f'<h2 class="group">{group}</h2>')
            for name, preset in PRESETS.items():
                if preset.group == group:
                    st.button(
                        notices.escape(preset.title),
                        key=f"preset_{name}",
                        help=notices.escape(preset.see),
                        type="tertiary",
                        on_click=state.start,
                        args=(preset.changes,),
                    )


def see() -> str:
    """The hint to the preset that is on; "" where none is."""
    here = state.experiment()
    return next((preset.see for preset in PRESETS.values() if preset.experiment == here), "")


def slips() -> list[str]:
    """The mistakes in the experiment's slips."""
    return [init.note for init in dict.fromkeys(state.experiment().init_parts) if init.note]
