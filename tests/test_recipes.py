"""CONTRIBUTING's recipes, each carried out in one place of a copy: everything else follows, and all checks pass."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import PATIENCE

REPOSITORY = Path(__file__).resolve().parents[1]
CONTRIBUTING = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
(LECUN_TANH,) = re.findall(r"```python\n(@dataclass.*?)```", CONTRIBUTING, flags=re.DOTALL)

KINKED = '''

@dataclass(frozen=True)
class ReLUSix(Activation, name="relu_six"):
    """min(max(h, 0), 6): a rectifier that saturates (Krizhevsky 2010)."""

    rectifier, kinks, turning_points = True, (0.0, 6.0), (0.0, 6.0)
    slopes_at_zero = (0.0, 1.0)
    code = {
        "pytorch": "F.relu6(h)",
        "keras": "ops.relu6(h)",
        "flax": "jax.nn.relu6(h)",
        "numpy": "np.clip(h, 0, 6)",
        "numpy_derivative": "((h > 0) & (h < 6)).astype(h.dtype)",
    }

    def function(self, h: Array) -> Array:
        return np.clip(h, 0, 6)

    def derivative(self, h: Array) -> Array:
        return ((h > 0) & (h < 6)).astype(h.dtype)
'''
NORM = '''

@dataclass(frozen=True)
class Halved(Normalization, name="halved"):
    """Half of each preactivation: what a norm is without statistics."""

    code = {"pytorch": "h / 2", "keras": "h / 2", "flax": "h / 2", "numpy": "n = h / 2\\nn, lambda g: g / 2"}

    def forward(self, preactivation: Scaled) -> tuple[Scaled, Backward]:
        half = Scaled(preactivation.values / 2, preactivation.exponent)
        return half, lambda upstream: Scaled(upstream.values / 2, upstream.exponent)

    def expected(self, met: Normals) -> Normals:
        return Normals(times(met.variance, 0.25), met.mean / 2, met.apart, magnitude(4.0))
'''
SCHEME = '''

@dataclass(frozen=True)
class Third(Initializer, name="third"):
    """Normal with variance 1/(3 fan_in) (this recipe)."""

    distribution = "normal"
    code = {
        "pytorch": "nn.init.normal_(w, std=math.sqrt(1 / (3 * fan_in)))",
        "keras": 'initializers.VarianceScaling(1 / 3, "fan_in", "untruncated_normal")',
        "flax": 'initializers.variance_scaling(1 / 3, "fan_in", "normal")',
        "numpy": "rng.normal(0, math.sqrt(1 / (3 * fan_in)), (fan_out, fan_in))",
    }

    def variance(self, fan_in: int, fan_out: int) -> float:
        return 1 / (3 * fan_in)
'''
STATISTIC = '''

@statistic("activation", kind="fraction", symbol="above")
def above_fraction(sample: Activated) -> Result:
    """The fraction of activations that are above 0."""
    return _fraction(sample.values > 0)
'''
SETTING = """    patience: int = setting(1, bounds=(1, 50), help="How long this recipe waits.", usual=("1", "3"))
"""
RULES = "    rules = RULES\n"
RULE = """    rules = (
        *RULES,
        Rule(
            ("patience", "depth"),
            lambda network: {"got": network.patience} if network.patience > network.depth else None,
            "Experiment.patience must be at most the depth; got {got}.",
            lambda network: ({"patience": 1},),
        ),
    )
"""
FOLLOWS = """
import numpy as np
import simulator as sim
from simulator.cli import main
from simulator.lessons import LESSONS
from simulator.repair import nearest_valid

small = sim.Experiment(depth=3, width=8, batch=4)
try:
    small.replace(patience=9)
except sim.SettingError as error:
    assert str(error) == "Experiment.patience must be at most the depth; got 9.", error
found = nearest_valid(small.replace(patience=3), {"depth": 2})
assert found.settings == small.replace(depth=2) and "patience" in found.repaired
assert sim.Experiment.from_params({"patience": "2"})[0].patience == 2
assert main(["run", "--patience", "2", "--depth", "3", "--width", "8", "--normalization", "halved"]) == 0
assert "above_fraction" in {statistic for _, statistic in sim.propagate(small).curves}
assert [lesson.number for lesson in LESSONS.values()] == list(range(1, len(LESSONS) + 1)) and "middle" in LESSONS

wide = sim.Experiment(depth=4, width=600, batch=16, seeds=12, init="third", gain=2.0, engine="dense")
for changes in ({"normalization": "halved"}, {"activation": "relu_six"}, {"activation": "lecun_tanh"}):
    experiment = wide.replace(**changes)
    theory, measured = sim.mean_field(experiment).curves, sim.propagate(experiment).curves
    for quantity in ("activation", "activation_gradient"):
        values = measured[quantity, "second_moment"][0]
        error = 5 * values.std(axis=0, ddof=1) / np.sqrt(12) + 20 / 600 * values.mean(axis=0)
        miss = np.abs(values.mean(axis=0) - theory[quantity, "second_moment"][0][0])
        assert (miss < error).all(), (changes, quantity)
"""
PARTS = ("lecun_tanh", "relu_six", "halved", "third", "patience", "above_fraction", "middle")
"""What the recipes add, by the names that tests of it have in their own."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with every recipe carried out."""
    there = tmp_path_factory.mktemp("recipes") / "repository"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (REPOSITORY / name).is_file():
            (there / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, there / name)
    if (REPOSITORY / ".mypy_cache").is_dir():  # types of all that stays as it is are known already
        shutil.copytree(REPOSITORY / ".mypy_cache", there / ".mypy_cache")
    for name, text in (
        ("activations/bounded.py", "\n\n" + LECUN_TANH),
        ("activations/rectified.py", KINKED),
        ("normalization.py", NORM),
        ("initializers/scaled.py", SCHEME),
        ("statistics.py", STATISTIC),
    ):
        with (there / "simulator" / name).open("a", encoding="utf-8") as file:
            file.write(text)
    put(there / "simulator/experiment.py", "    seed: int = setting(", SETTING)
    experiment = there / "simulator/experiment.py"
    text = experiment.read_text(encoding="utf-8").replace(RULES, RULE)
    experiment.write_text(text.replace("import setting\n", "import Rule, setting\n"), encoding="utf-8")
    lesson = (there / "simulator/lessons/dead.py").read_text(encoding="utf-8")
    (there / "simulator/lessons/middle.py").write_text(
        lesson.replace('title="Too many dead neurons: does Leaky ReLU help?"', 'title="Why a lesson in the middle?"'),
        encoding="utf-8",
    )
    put(there / "simulator/lessons/__init__.py", '        "defaults",\n', '        "middle",\n')
    return there


def put(path: Path, before: str, text: str) -> None:
    """Write `text` in front of `before`, which is there once."""
    old = path.read_text(encoding="utf-8")
    assert old.count(before) == 1, (path, before)
    path.write_text(old.replace(before, text + before), encoding="utf-8")


def run(copy: Path, *command: str) -> None:
    done = subprocess.run(
        [sys.executable, *command], cwd=copy, env=os.environ | {"PYTHONPATH": str(copy), "PYTEST_ADDOPTS": ""},
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]


CONTRACTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"


@pytest.mark.parametrize(
    "check", [["-m", "ruff", "check", "."], ["-m", "ruff", "format", "--check", "."], ["-m", "mypy"], ["-c", CONTRACTS]]
)
def test_lint_types_and_contracts_pass(copy: Path, check: list[str]) -> None:
    pytest.importorskip("ruff", reason="The tools of `make lint` are not installed.")
    run(copy, *check)


def test_what_they_add_is_everywhere(copy: Path) -> None:
    """A rule in construction, repair, link and flag; a statistic in results; theory by the parts' own words."""
    run(copy, "-W", "error", "-c", FOLLOWS)


@pytest.mark.slow
def test_the_suite_that_concerns_them_passes(copy: Path) -> None:
    """Contract tests of each registry, export, theory, and the lesson's claim."""
    run(
        copy, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", " or ".join(PARTS),
        "tests/test_activations.py", "tests/test_gaussian.py", "tests/export", "tests/test_initializers.py",
        "tests/test_statistics.py", "tests/test_normalization.py", "tests/lessons", "tests/test_house.py",
    )  # fmt: skip
