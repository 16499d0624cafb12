"""Names of parts, and that nothing remembers what a name stood for before."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import inspect
import pickle
import pkgutil
import typing
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import simulator
from simulator import Experiment, registry
from simulator.activations import Activation
from simulator.gaussian import pair
from simulator.initializers import Bias, Initializer
from simulator.inputs import InputLaw
from simulator.losses import Loss
from simulator.normalization import Normalization
from simulator.residual import Residual
from simulator.settings import Part, SettingError, Settings, setting
from simulator.studies.training.optimizers import Optimizer
from simulator.theory.fixed_points import fixed_point
from simulator.theory.phase_diagram import edge_of_chaos
from simulator.theory.phase_plane import phase_plane
from simulator.ui import cache

BASES = {
    base.__name__: base for base in (Activation, Initializer, Bias, InputLaw, Loss, Normalization, Optimizer, Residual)
}
EVERY = pytest.mark.parametrize("base", BASES.values(), ids=BASES)


@pytest.fixture(autouse=True)
def registries_as_they_were() -> Iterator[None]:
    before = [(base, dict(base.registry), dict(base.aliases)) for base in BASES.values()]
    yield
    for base, parts, aliases in before:
        base.registry.clear(), base.registry.update(parts)
        base.aliases.clear(), base.aliases.update(aliases)


def make(base: type[Part], name: str, aliases: tuple[str, ...] = (), **members: Any) -> type[Part]:
    """A class statement for a registry, without @dataclass; an activation is the first shipped one's likeness."""
    like = Activation.registry["tanh"] if base is Activation else base
    return type(name.title(), (like,), {"__module__": "__main__", **members}, name=name, aliases=aliases)


def test_every_registry_is_among_these() -> None:
    assert set(Part.__subclasses__()) >= set(BASES.values())
    shipped = {base for base in Part.__subclasses__() if registry.shipped(base)}
    assert shipped == set(BASES.values())


@EVERY
def test_a_shipped_name_or_alias_cannot_be_had(base: type[Part]) -> None:
    before = dict(base.registry), dict(base.aliases)
    for taken in (*base.registry, *base.aliases):
        for names in ((taken, ()), ("mine", (taken,))):
            with pytest.raises(SettingError, match=f"^{base.noun} '{taken}' is the simulator's own .*another name.$"):
                make(base, *names)
    assert (base.registry, base.aliases) == before


@EVERY
@pytest.mark.parametrize("name", ["Mine", "my-part", "my part", "1st", "größe"])
def test_a_name_that_no_text_can_have_is_refused(base: type[Part], name: str) -> None:
    with pytest.raises(SettingError, match=r"^.* must be named by lower-case letters, digits and underscores\.$"):
        make(base, name)


@EVERY
def test_ones_own_part_takes_the_place_of_its_earlier_self(base: type[Part]) -> None:
    first = make(base, "mine", ("my_own", "old"))
    second = make(base, "mine", ("my_own",))
    assert base.registry["mine"] is second and type(base.parse("my_own")) is second
    assert "old" not in base.aliases and registry.own(base) == [second]
    assert first() != second()
    with pytest.raises(SettingError, match="'my_own' is taken by 'mine'; choose another alias"):
        make(base, "other", ("my_own",))
    make(base, "my_own")
    assert str(base.parse("my_own")) == "my_own"


@EVERY
def test_a_part_needs_no_decorator(base: type[Part]) -> None:
    plain = make(base, "mine")
    assert plain() == base.parse("mine") and hash(plain()) == hash(base.parse("mine"))
    part = make(
        base, "mine", size=setting(2.0, bounds=(0, 10)), count=3,
        __annotations__={"size": "float", "count": "int"},
    )  # fmt: skip
    assert str(base.parse("mine(size=4,count=5)")) == "mine(size=4, count=5)"
    assert part() == part(size=2) != part(size=4) and len({part(), part(size=2.0), part(size=4)}) == 2
    with pytest.raises(SettingError, match=r"mine.size must lie in \[0, 10\]; got '11'."):
        base.parse("mine(size=11)")
    with pytest.raises(dataclasses.FrozenInstanceError):
        part().size = 3.0  # type: ignore[attr-defined]


@EVERY
def test_settings_of_a_base_without_a_decorator_are_inherited(base: type[Part]) -> None:
    like = Activation.registry["tanh"] if base is Activation else base
    above = type("Above", (like,), {"size": setting(2.0), "__annotations__": {"size": "float"}})
    type(
        "Below",
        (above,),
        {"__module__": "__main__", "extra": setting(1), "__annotations__": {"extra": "int"}},
        name="mine",
    )
    assert str(base.parse("mine(size=4,extra=5)")) == "mine(size=4, extra=5)"


@EVERY
def test_a_decorator_as_people_write_it_does_no_harm(base: type[Part]) -> None:
    for decorator in (dataclasses.dataclass, dataclasses.dataclass(frozen=True)):
        like = Activation.registry["tanh"] if base is Activation else base

        class Own(like, name="mine"):  # type: ignore[misc, valid-type, call-arg]
            """One's own."""

            size: float = setting(2.0)

        if decorator is not dataclasses.dataclass or base is not Activation:  # a frozen base refuses the plain one
            part = decorator(Own)
            assert {part(), part(size=2.0)} == {base.parse("mine")}
            assert str(part(size=3.0)) == "mine(size=3)"


def test_a_setting_without_a_default_is_a_sentence() -> None:
    make(Residual, "mine", __annotations__={"size": "float"})
    with pytest.raises(SettingError, match=r"^mine.size has no default; give it one, as in setting\(1.0\)\.$"):
        Residual.parse("mine")


# ------------------------------------------------------------------------------ caches


def own_activation(slope: float, bend: float) -> None:
    """Define `mine` (again): a tanh of another size."""

    class Mine(Activation, name="mine"):
        odd, turning_points = True, (0.0,)

        def function(self, h: np.ndarray) -> np.ndarray:
            return slope * np.tanh(bend * h)

        def derivative(self, h: np.ndarray) -> np.ndarray:
            with np.errstate(under="ignore"):
                e = np.exp(-2 * bend * np.minimum(np.abs(h), 300))
            return slope * bend * 4 * e / (1 + e) ** 2


def numbers(found: object) -> list[float]:
    """Every number of an answer, whatever it is made of."""
    if isinstance(found, np.ndarray):
        return [] if found.dtype.kind not in "fi" else found.astype(float).ravel().tolist()
    if isinstance(found, (int, float)):
        return [float(found)]
    if isinstance(found, typing.Mapping):
        return [number for value in found.values() for number in numbers(value)]
    if isinstance(found, (list, tuple)):
        return [number for value in found for number in numbers(value)]
    if hasattr(found, "to_frame"):
        return numbers(found.to_frame().select_dtypes("number").to_numpy())
    return numbers(vars(found)) if dataclasses.is_dataclass(found) else []


EXPERIMENT = {"activation": "mine", "depth": 3, "width": 8, "batch": 4, "init": "lecun_normal", "gain": 1.4}

ANSWERS: dict[str, Callable[[Experiment], object]] = {
    **{
        name: getattr(simulator, name)
        for name in ("mean_field", "propagate", "ensemble", "jacobian", "precision", "finite_width")
    },
    "distributions": lambda e: simulator.distributions(e, "activation"),
    "theory of the app": cache.theory,
    "verdict of the app": lambda e: cache.propagation(e).verdict,
    "charts of the app": lambda e: list(cache.payload(theory_board, e)),
    "part": lambda e: e.activation_at(2).function(np.ones(1)),
    "flat intervals": lambda e: e.activation_at(1).flat_intervals(0.5),
    "supremum": lambda e: e.activation_at(1).sup_derivative,
    "gains": lambda e: simulator.gains(e.activation),
    "pair": lambda e: dataclasses.astuple(pair(e.activation_at(1), 1.0, 0.5)),
    "fixed point": lambda e: fixed_point(e.activation_at(1), 2.0, 0.1),
    "edge of chaos": lambda e: [vars(point) for point in edge_of_chaos(e.activation_at(1), 0.1)],
    "phase plane": lambda e: phase_plane(e.activation_at(1), np.array([1.5, 2.5]), np.array([0.0, 0.1])).q_star,
}


def theory_board(experiment: Experiment) -> bytes:
    return np.asarray(simulator.mean_field(experiment).q).tobytes()


@pytest.mark.parametrize("name", ANSWERS)
def test_a_part_defined_again_is_asked_anew(name: str) -> None:
    own_activation(1.0, 1.0)
    kept_from_before = Experiment(**EXPERIMENT)
    ask = ANSWERS[name]
    first = numbers(ask(kept_from_before))
    assert numbers(ask(Experiment(**EXPERIMENT))) == pytest.approx(first, nan_ok=True)
    own_activation(1.3, 0.6)
    again, anew = numbers(ask(kept_from_before)), numbers(ask(Experiment(**EXPERIMENT)))
    assert first and again == pytest.approx(anew, nan_ok=True)
    assert again != pytest.approx(first, nan_ok=True)


def modules() -> list[Any]:
    names = [found.name for found in pkgutil.walk_packages(simulator.__path__, "simulator.")]
    return [importlib.import_module(name) for name in names if not name.endswith("__main__")]


def members() -> Iterator[tuple[str, object]]:
    for module in modules():
        for name, member in vars(module).items():
            if getattr(member, "__module__", "") == module.__name__:
                yield f"{module.__name__}.{name}", member
                if inspect.isclass(member):
                    yield from ((f"{module.__name__}.{name}.{inner}", each) for inner, each in vars(member).items())


NO_PARTS = {"name", "file", "scale", "kind"}
"""Text that caches are keyed by and that names no part: a format, a file, a scale."""


def test_no_cache_is_keyed_by_the_text_of_a_part() -> None:
    """Whoever keeps what was worked out from an experiment, or from a part's name, uses `kept` or `generation()`."""
    seen = 0
    for where, member in members():
        if not hasattr(member, "cache_parameters"):
            continue
        seen += 1
        for name, annotation in inspect.get_annotations(member.__wrapped__).items():  # type: ignore[attr-defined]
            texts = annotation in ("str", str) and name not in NO_PARTS | {"return"}
            assert not texts, f"{where} is keyed by the text {name!r}: use registry.kept"
            for word in ("Experiment", "Grid", "Training", "Settings"):
                assert name == "return" or word not in str(annotation), f"{where} is keyed by {word}: use registry.kept"
    assert seen > 10


def test_no_settings_remember_their_parts() -> None:
    for where, member in members():
        if inspect.isclass(member) and issubclass(member, Settings) and not issubclass(member, Part):
            remembered = [name for name, each in vars(member).items() if isinstance(each, functools.cached_property)]
            assert not remembered, f"{where}: {remembered} outlive a part; use registry.kept_property"


def test_what_is_kept_is_left_out_of_pickles() -> None:
    own_activation(1.0, 1.0)
    experiment = Experiment(**EXPERIMENT)
    assert str(experiment.activation_at(1)) == "mine" and experiment.shape
    assert b"Mine" not in pickle.dumps(experiment)
    assert pickle.loads(pickle.dumps(experiment)) == experiment
    assert pickle.loads(pickle.dumps(experiment)).layer_widths == experiment.layer_widths
