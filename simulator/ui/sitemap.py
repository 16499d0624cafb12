"""Every page of the app: one row each, in the order of the navigation."""

from __future__ import annotations

from dataclasses import dataclass

PRESENT = "present"
"""The address of the page that shows nothing but a scene."""

ALL_CONTROLS = ("controls", "sidebar", "presets")


@dataclass(frozen=True)
class Page:
    """A page: its file, what navigation calls it, its icon, its address, one sentence about it."""

    file: str
    title: str
    icon: str
    address: str
    about: str
    section: str = ""
    simulates: bool = False
    judges: bool = False
    """Whether the verdict stands on it."""
    headed: bool = True
    """Whether the page's title is its heading: a lesson or a scene has its own."""
    unheeded: tuple[str, ...] = ()
    """Settings that it does not use, and places: they are out of sight there."""


LAB, THEORY, PRACTICE, LEARN = "", "Theory", "Practice", "Class"

PAGES = (
    Page(
        "pages/signal.py",
        "Signal",
        ":material/show_chart:",
        "signal",
        "What a deep network's initialization does to the signal: variance forward, gradient back, saturated units.",
        simulates=True,
        judges=True,
    ),
    Page(
        "pages/distributions.py",
        "Distributions",
        ":material/bar_chart:",
        "distributions",
        "The histogram of every layer, as one map and as curves.",
        simulates=True,
    ),
    Page(
        "pages/saturation.py",
        "Saturation",
        ":material/straighten:",
        "saturation",
        "Where a layer's preactivations lie on its activation, and which units are flat or dead.",
        simulates=True,
    ),
    Page(
        "pages/compare.py",
        "Compare",
        ":material/compare_arrows:",
        "compare",
        "Networks side by side, every activation with every init scheme, and one network at many gains.",
    ),
    Page(
        "pages/phase_diagram.py",
        "Phase diagram",
        ":material/landscape:",
        "phase_diagram",
        "Order and chaos over weight and bias variance, the edge between them, and the experiment as a point to drag.",
        THEORY,
    ),
    Page(
        "pages/finite_width.py",
        "Finite width",
        ":material/ssid_chart:",
        "finite_width",
        "Hundreds of networks of one kind: how far chance alone drives them apart, and the exact theory of it.",
        THEORY,
    ),
    Page(
        "pages/jacobian.py",
        "Jacobian",
        ":material/grid_on:",
        "jacobian",
        "Singular values of the input-output Jacobian, Gaussian beside orthogonal weights.",
        THEORY,
    ),
    Page(
        "pages/training.py",
        "Training",
        ":material/model_training:",
        "training",
        "A short run of gradient descent on real data: init schemes side by side, or plain layers, skips and norms.",
        PRACTICE,
        unheeded=("depth", "width"),
    ),
    Page(
        "pages/precision.py",
        "Number formats",
        ":material/memory:",
        "precision",
        "The same network from float8 to float64: overflow of values and of variances, underflow, rounding to 1.",
        PRACTICE,
    ),
    Page(
        "pages/gains.py",
        "Gains",
        ":material/tune:",
        "gains",
        "The gain that each activation asks for, and PyTorch's beside it.",
        THEORY,
        unheeded=("depth",),
    ),
    Page(
        "pages/code.py",
        "Code and report",
        ":material/code:",
        "code",
        "The same network as a script for PyTorch, Keras, Flax or NumPy, and a report as one file.",
        PRACTICE,
        simulates=True,
    ),
    Page(
        "pages/your_network.py",
        "Your network",
        ":material/hub:",
        "your_network",
        "A model of your own, measured in PyTorch by sim.probe: where its signal dies, and before beside after.",
        PRACTICE,
        unheeded=ALL_CONTROLS,
    ),
    Page(
        "pages/lessons.py",
        "Lessons",
        ":material/school:",
        "lessons",
        "The questions students ask: a prediction first, then the experiment that settles it and the answer.",
        LEARN,
        headed=False,
        unheeded=ALL_CONTROLS,
    ),
    Page(
        "pages/present.py",
        "Present",
        ":material/slideshow:",
        "present",
        "A list of scenes for a projector: large type, turned with the arrow keys.",
        LEARN,
        headed=False,
        unheeded=ALL_CONTROLS,
    ),
    Page(
        "pages/trust.py",
        "Can I trust it?",
        ":material/fact_check:",
        "trust",
        "Published numbers beside the same numbers worked out here, with source, tolerance and verdict.",
        LEARN,
        unheeded=ALL_CONTROLS,
    ),
    Page(
        "pages/sweep.py",
        "Sweep",
        ":material/grid_view:",
        "sweep",
        "Every combination of some settings' values: a map that fills in, and finished sweeps to explore.",
        PRACTICE,
    ),
)
