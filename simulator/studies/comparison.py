"""Several networks side by side: an experiment and variants of it, each told as text by what it changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simulator import part_text
from simulator.cost import MAX_BYTES, bytes_text
from simulator.experiment import Experiment
from simulator.settings import SettingError, check_names, echo, number_text
from simulator.studies.training.plan import label

MOST = 6
"""Networks side by side, the present one included."""

NONE = "none"
"""A comparison with nothing."""

PINNED = "defaults"
"""The start of a variant that changes the default experiment and not the present one: it stays as it is."""

_OWN_NAMES = ("activation", "init", "widths", "activations", "inits")
"""Settings whose values tell by themselves what they are of."""


@dataclass(frozen=True)
class Variant:
    """Settings that a network changes, canonical text by name; `pinned` changes the defaults, not the present."""

    changes: tuple[tuple[str, str], ...]
    pinned: bool = False

    def __str__(self) -> str:
        return ",".join([PINNED] * self.pinned + [part_text.assigned(*pair) for pair in self.changes])

    def of(self, present: Experiment) -> Experiment:
        """The network, beside the present one; raises SettingError where these settings do not go together."""
        return (Experiment() if self.pinned else present).replace(**dict(self.changes))

    def only(self, name: str) -> str | None:
        """The value of one setting, if that is all that is changed."""
        return self.changes[0][1] if not self.pinned and [key for key, _ in self.changes] == [name] else None


@dataclass(frozen=True)
class ComparedNetwork:
    """One of the networks compared: its experiment, what it is called, and the variant (None: the present one)."""

    label: str
    experiment: Experiment
    variant: Variant | None


def parse(text: str) -> tuple[Variant, ...]:
    """Variants from text such as "init=he_normal|activation=relu,gain=2"; raises SettingError."""
    pieces = [piece.strip() for piece in part_text.split(text, "|")]
    several = tuple(dict.fromkeys(_variant(piece) for piece in pieces if piece and piece != NONE))
    if len(several) >= MOST:
        raise SettingError(f"View.compare must name at most {MOST - 1} networks; got {len(several)}.")
    return several


def joined(variants: Iterable[Variant]) -> str:
    """The text of variants; NONE for no variant."""
    return "|".join(map(str, variants)) or NONE


def change(name: str, value: str) -> Variant:
    """The variant that changes one setting; raises SettingError."""
    return _variant(part_text.assigned(name, value))


def pin(experiment: Experiment) -> Variant:
    """The variant that is this experiment, whatever the present one becomes."""
    return Variant(tuple(experiment.params().items()), pinned=True)


def usual(present: Experiment, name: str) -> tuple[Variant, ...]:
    """Variants that change one setting to what it usually is tried at, without the present value."""
    several = []
    for value in Experiment.settings()[name].tried(getattr(present, name)):
        variant = change(name, value)
        try:
            if variant.of(present) != present:
                several.append(variant)
        except SettingError:  # this value does not go together with the present experiment
            continue
    return tuple(several[: MOST - 2])  # room is left to pin one


def networks(
    present: Experiment, variants: Iterable[Variant], *, seconds: float, bytes: float = MAX_BYTES
) -> tuple[list[ComparedNetwork], list[str]]:
    """The present network and its variants, each once, and a sentence for each one that is left out.

    A variant is left out where its settings do not go together, where it would need more memory than `bytes`, or
    where all runs would take over `seconds`.
    """
    kept: dict[Experiment, Variant | None] = {present: None}
    left_out, spent = [], present.cost().seconds
    for variant in variants:
        try:
            experiment = variant.of(present)
        except SettingError as error:
            left_out.append(f"{variant}: left out. {error}")
            continue
        if experiment in kept:
            continue
        cost = experiment.cost()
        large = cost.bytes > bytes
        if large or spent + cost.seconds > seconds:
            bound = f"each may take {bytes_text(bytes)}" if large else f"all networks together may take {seconds:g} s"
            left_out.append(f"{variant}: left out, it would take {cost}; {bound}.")
            continue
        spent += cost.seconds
        kept[experiment] = variant
    labels = _labels(list(kept))
    return [ComparedNetwork(label, *pair) for label, pair in zip(labels, kept.items(), strict=True)], left_out


def _labels(experiments: Sequence[Experiment]) -> list[str]:
    """The differences of each network, the present one first."""
    names = [
        name for name in Experiment.settings() if len({getattr(experiment, name) for experiment in experiments}) > 1
    ]
    present = experiments[0]
    texts = [", ".join(_value(present, name) for name in names if _shown(present, name))]
    own = f"{texts[0]} (present)" if texts[0] and len(names) <= 2 else "present"
    return [own] + [
        ", ".join(
            _value(experiment, name)
            for name in names
            if getattr(experiment, name) != getattr(present, name) and _shown(experiment, name)
        )
        or ("equal widths" if "widths" in names else "all layers alike")
        for experiment in experiments[1:]
    ]


def _shown(experiment: Experiment, name: str) -> bool:
    """Leave out settings that another one overrides, and those that override nothing."""
    about = Experiment.settings()[name]
    return not experiment.overriding([name]) and bool(getattr(experiment, name) or not about.overrides)


def _value(experiment: Experiment, name: str) -> str:
    value = number_text(getattr(experiment, name))
    if name in _OWN_NAMES:
        return label(value) if name == "init" else value
    if name == "gain":
        return f"gain {float(value):.4g}"
    return f"{Experiment.settings()[name].title.lower()} {value}"


def _variant(text: str) -> Variant:
    changes: dict[str, str] = {}
    pieces = [piece.strip() for piece in part_text.split(text, ",")]
    pinned = pieces[0] == PINNED
    for piece in pieces[pinned:]:
        name, value = part_text.assignment(piece) or ("", "")
        if not name or name in changes:
            raise SettingError(f"View.compare must look like init=he_normal|activation=relu,gain=2; got {echo(text)}.")
        check_names([name], Experiment.settings(), "Experiment")
        changes[name] = number_text(Experiment.settings()[name].check(value, Experiment.owner()))
    ordered = [(name, changes[name]) for name in Experiment.settings() if name in changes]
    return Variant(tuple(ordered), pinned)
