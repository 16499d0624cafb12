"""Settings that go together after any changes: the last one wins, others give way and say so, and nothing is raised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import Experiment
from simulator.activations import Activation
from simulator.initializers import Bias, Initializer
from simulator.inputs import InputLaw
from simulator.losses import Loss
from simulator.normalization import Normalization
from simulator.repair import Nearest, nearest_valid
from simulator.residual import Residual
from simulator.settings import Part, Rule, Settings, Value
from simulator.studies.training import Training
from simulator.studies.training.optimizers import Optimizer
from tests import representative

SMALL = Experiment(depth=3, width=8, batch=4)
CHANGES = representative.changes(Experiment)
REGISTRIES: list[type[Part]] = [Activation, Initializer, Bias, InputLaw, Loss, Normalization, Residual, Optimizer]
PARTS = [part for registry in REGISTRIES for part in registry.registry.values() if len(part.settings()) > 1]


SOUND: set[Settings] = set()


def check(before: Settings, name: str, value: Value, after: Nearest[Settings]) -> None:
    """What must hold of every single change."""
    settings, told = after.settings, {**after.refused, **after.repaired}
    if settings not in SOUND:
        assert type(settings)(**settings.as_dict()) == settings, "It could be made as it is."
        assert type(settings).from_params(settings.params()) == (settings, [])
        SOUND.add(settings)
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in told.values())
    if after.refused:
        assert list(after.refused) == [name] and settings == before and not after.repaired
        return
    assert settings.draft({name: value}) == settings, "What was touched last wins."
    about = type(settings).settings()
    follows = {name, *after.repaired}
    for _ in range(2):  # what they override, what overrides them, and so on
        follows |= {other for one in follows for other in about[one].overrides}
        follows |= {other for other in about if follows & set(about[other].overrides)}
    changed = {other for other in about if getattr(settings, other) != getattr(before, other)}
    assert changed <= follows, "Nothing else changes, and what gives way has its sentence."
    assert name not in after.repaired


def two_steps(start: Settings, changes: list[tuple[str, Value]]) -> int:
    """Every change after every other; how many of the second ones made another setting give way."""
    repaired = 0
    for first in changes:
        once = nearest_valid(start, dict([first]))
        check(start, *first, once)
        for second in changes:
            if second[0] != first[0]:
                twice = nearest_valid(once.settings, dict([second]))
                check(once.settings, *second, twice)
                repaired += bool(twice.repaired)
    return repaired


@pytest.mark.slow
def test_every_value_after_every_other_of_an_experiment() -> None:
    assert two_steps(SMALL, representative.changes(Experiment, ends=False)) > 100, "Rules between settings were met."


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.noun}-{part.name}")
def test_every_value_after_every_other_of_a_part(part: type[Part]) -> None:
    two_steps(part(), representative.changes(part))


def test_every_value_after_every_other_of_what_is_trained() -> None:
    two_steps(Training(), representative.changes(Training, ends=False))


@given(
    st.lists(st.sampled_from(CHANGES), min_size=1, max_size=6), st.sets(st.sampled_from(list(Experiment.settings())))
)
def test_any_changes_one_by_one_and_what_is_locked_stays(changes: list[tuple[str, Value]], locked: set[str]) -> None:
    here, kept = SMALL, {}
    for number, (name, value) in enumerate(changes):
        if number == 2:  # a link that locks is made of what its maker chose
            kept = {other: getattr(here, other) for other in locked}
        found = nearest_valid(here, {name: value}, locked if kept else ())
        check(here, name, value, found)
        here = found.settings
        assert {other: getattr(here, other) for other in kept} == kept


@given(st.dictionaries(*map(st.sampled_from, zip(*CHANGES, strict=True)), max_size=8), st.data())
def test_any_changes_at_once(changes: dict[str, object], data: st.DataObject) -> None:
    """Values of other settings among them: each is taken over or refused, never raised."""
    found = nearest_valid(SMALL, changes)
    assert Experiment(**found.settings.as_dict()) == found.settings
    assert set(found.refused) <= set(changes)
    assert not set(found.repaired) & (set(changes) - set(found.refused))


@pytest.mark.parametrize(
    "scheme",
    ["he_uniform", "torch_default", "constant", "uniform", "he_truncated", "truncated_normal", "xavier_uniform"],
)
def test_the_engine_gives_way_to_a_scheme_and_a_scheme_to_the_engine(scheme: str) -> None:
    free = nearest_valid(Experiment(), {"engine": "matrix_free"}).settings
    found = nearest_valid(free, {"init": scheme})
    assert (found.settings.init, found.settings.engine) == (scheme, "auto")
    assert found.repaired == {
        "engine": f"Engine is auto now, no longer matrix_free. Experiment.engine matrix_free cannot represent {scheme} "
        "weights, which are not normal; use auto or dense."
    }
    found = nearest_valid(Experiment(init=scheme), {"engine": "matrix_free"})
    assert found.settings.engine == "matrix_free" and found.settings.init_part.gaussian
    if scheme != "constant":
        wanted = Initializer.parse(scheme).deviation(30, 70)
        assert found.settings.init_part.deviation(30, 70) == pytest.approx(wanted, rel=1e-9), "It keeps its variance."
    assert list(found.repaired) == ["init"]


def test_what_no_other_setting_can_put_right_is_refused() -> None:
    found = nearest_valid(Experiment(), {"gain": 1e-120})
    assert found.settings == Experiment()
    assert found.refused["gain"].startswith("Experiment.init and gain must give weights a standard deviation of 0 or")


def test_widths_and_what_asks_for_equal_ones() -> None:
    orthogonal = Experiment(width=16, batch=4, init="orthogonal", engine="matrix_free", residual="post")
    found = nearest_valid(orthogonal, {"widths": "8-8-16"})
    assert (found.settings.widths, found.settings.engine, found.settings.residual) == ("8-8-16", "auto", "none")
    assert set(found.repaired) == {"engine", "residual"}
    back = nearest_valid(found.settings, {"residual": "post"})
    assert (back.settings.widths, back.settings.width, back.settings.depth) == ("", 16, 2)
    assert back.repaired["widths"].startswith("Layer widths 8-8-16 no longer holds. Experiment.residual needs as many")


def test_lists_of_another_length_give_way() -> None:
    found = nearest_valid(Experiment(gains="1*9 | 0.01"), {"widths": "8-4-2"})
    assert (found.settings.widths, found.settings.gains, found.settings.gain) == ("8-4-2", "", 1.0)
    assert list(found.repaired) == ["gains"]


def test_a_locked_setting_is_never_repaired() -> None:
    locked = Experiment(engine="matrix_free")
    found = nearest_valid(locked, {"init": "he_uniform"}, ["engine"])
    assert found.settings == locked
    assert found.refused["init"].startswith("Experiment.engine matrix_free cannot represent he_uniform weights")
    found = nearest_valid(locked, {"widths": "8-4-2"}, ["depth"])
    assert found.refused == {"widths": "Experiment.widths cannot change while depth is locked."}


def test_a_more_important_change_comes_first() -> None:
    first = nearest_valid(SMALL, {"init": "he_uniform", "engine": "matrix_free"})
    assert (first.settings.init, first.settings.engine) == ("he_uniform", "auto") and list(first.refused) == ["engine"]
    other = nearest_valid(SMALL, {"engine": "matrix_free", "init": "he_uniform"})
    assert (other.settings.init, other.settings.engine) == ("xavier_normal", "matrix_free")


@pytest.mark.parametrize("rule", Experiment.rules, ids=lambda rule: rule.sentence[:30])
def test_a_rule_repairs_its_own_fields_alone(rule: Rule) -> None:
    """So that a sentence about some settings never changes another."""
    for first in CHANGES:
        for second in [
            ("engine", "matrix_free"),
            ("residual", "post"),
            ("gain", 1e-99),
            ("gains", "1 | 2 | 3"),
            ("lsuv", "on"),
        ]:
            draft = SMALL.draft(dict([first])).draft(dict([second]))
            broken = next((one for one in draft.rules if one.broken(draft)), None)
            for changes in rule.repair(draft) if broken is rule else ():
                assert set(changes) <= set(rule.fields)
