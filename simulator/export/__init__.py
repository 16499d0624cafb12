"""An experiment as a script for somebody else's framework: the same laws of weights, the same network.

What a part is in a framework the part says itself (`Part.code`); a framework's script is a template in `templates/`.
"""

from __future__ import annotations

from simulator.experiment import Experiment
from simulator.export import script
from simulator.settings import one_of

FRAMEWORKS = {"pytorch": "PyTorch", "keras": "Keras 3", "flax": "Flax NNX", "numpy": "NumPy"}
"""The frameworks that scripts are written for: a setting's value, and the framework's own name."""


def code(experiment: Experiment, framework: str = "pytorch", diagnosis: str = "", *, only_init: bool = False) -> str:
    """The experiment as a script, or `only_init`: a function that initializes a model of one's own by the same laws.

    `diagnosis` is the script's first comment, worked out if empty. Raises SettingError where a part has no code.
    """
    name = one_of(framework, tuple(FRAMEWORKS), "framework")
    if only_init:
        return script.written(experiment, name, FRAMEWORKS[name], [])
    return script.written(experiment, name, FRAMEWORKS[name], script.comments(experiment, diagnosis))
