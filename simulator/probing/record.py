"""Measurements of a probe of somebody's own model: table, verdict, chart, file, and the experiment it comes near."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator import frames
from simulator.activations import Activation
from simulator.curves import Curve, Curves
from simulator.display import Displayed
from simulator.experiment import Experiment
from simulator.figures import module_profile
from simulator.figures.figure import Figure
from simulator.part_text import by_layer
from simulator.probing import nearest, recognized
from simulator.probing.points import INPUT, Point, ProbedPasses, Weights
from simulator.probing.verdict import ProbeVerdict, judged
from simulator.settings import SettingError
from simulator.theory.mean_field import MeanField

if TYPE_CHECKING:
    from simulator.studies.advice import Advice

_ABOUT = b"simulator_probe"
_MOST_ABOUT = 2**20
_MOST_POINTS = 8000
_SPARSEST = 30
"""Entries of the curves a row of a file's table, at most: many statistics are of a few kinds of modules only."""

_NORMS = {"LayerNorm": "layer_norm", "RMSNorm": "rms_norm", "BatchNorm1d": "batch_norm"}
_PASSED_OVER = {"pooling", "dropout", "input"}


@dataclass(frozen=True)
class Probe(Displayed):
    """Statistics of every output of a model's modules, and of the gradients there, in order of execution.

    `curves[quantity, statistic]` is (value, log10), each (seeds, points), NaN where a point has no such number. Point
    0 is the batch, where it is of floating-point numbers. `notes` name what could not be seen.
    """

    points: tuple[Point, ...]
    curves: Curves = field(repr=False)
    weights: tuple[Weights, ...] = field(repr=False, default=())
    notes: tuple[str, ...] = ()
    batch: int = 1
    seeds: tuple[int, ...] = (0,)

    @classmethod
    def of(cls, runs: Sequence[ProbedPasses], seeds: Sequence[int], batch: int) -> Probe:
        """Of the passes of one model, once a seed; raises SettingError where they went different ways."""
        first = runs[0]
        if any(run.points != first.points for run in runs):
            raise SettingError("probe: the model runs other modules from one seed to the next; probe them one by one.")
        keys = dict.fromkeys((quantity, statistic) for run in runs for _, quantity, statistic in run.numbers)
        shape = (len(runs), len(first.points))
        values = {pair: np.full(shape, np.nan) for pair in keys}
        for row, run in enumerate(runs):
            for (layer, quantity, statistic), number in run.numbers.items():
                values[quantity, statistic][row, layer] = number
        curves: dict[tuple[str, str], Curve] = {}
        for pair, array in values.items():
            with np.errstate(divide="ignore", invalid="ignore"):
                logs = np.log10(np.abs(array))
            curves[pair] = Curve(array, np.where(np.isfinite(logs), logs, np.nan))
        notes = tuple(dict.fromkeys(note for run in runs for note in run.notes))
        return cls(tuple(first.points), curves, tuple(first.weights), notes, batch, tuple(seeds))

    @cached_property
    def verdict(self) -> ProbeVerdict:
        """The verdict: what happened to signal and gradient, where, and what would help."""
        return judged(self.curves, self.points, self.weights, self.activations, self._advice)

    @property
    def activations(self) -> list[Activation]:
        """The simulator's own among the modules' activations, in order."""
        return [Activation.parse(point.part) for point in self.points if point.part]

    def to_frame(self, label: str = "", only: Collection[tuple[str, str]] | None = None) -> pd.DataFrame:
        """The tidy table, with the columns module, kind and call beside those of an experiment's."""
        chosen = {pair: curve for pair, curve in frames.chosen(self.curves, only).items() if pair[1] != "finite"}
        frame = frames.tidy(label, frames.SIMULATION, self.seeds, range(len(self.points)), chosen)
        return self._named(frame)

    def _named(self, frame: pd.DataFrame) -> pd.DataFrame:
        places = frame["layer"].to_numpy()
        for name in ("module", "kind", "call", "type", "part"):
            column = np.array([getattr(point, name) for point in self.points], dtype=None if name == "call" else object)
            frame[name] = column[places] if len(places) else column[:0]
        return frame

    def chart(self, quantity: str = "activation", statistic: str = "variance", *, theory: bool = True) -> Figure:
        """A statistic from module to module, beside theory where the model is one that theory covers."""
        if (quantity, statistic) not in self.curves:
            raise SettingError(f"This probe has no {statistic} of {quantity}.")
        expected = self.expected(quantity, statistic) if theory else None
        frame = self.to_frame("", {(quantity, statistic)})
        return module_profile(frame if expected is None else frames.concat(frame, expected), quantity, statistic)

    def nearest_experiment(self) -> Experiment | None:
        """The experiment that this model comes near, where it is a multilayer perceptron in disguise; else None.

        Linear or convolutional modules in a row, each followed by at most one norm and one activation that the
        simulator has; a convolution counts by its fan_in, channels times places of the kernel.
        """
        return None if self._chain is None else self._chain[0]

    @property
    def theory(self) -> MeanField | None:
        """Infinite-width theory of the nearest experiment; None where weights look like no law's, as trained ones."""
        return nearest.theory(self.nearest_experiment(), self.weights)

    @cached_property
    def _chain(self) -> tuple[Experiment, dict[int, tuple[int, str]]] | None:
        """The nearest experiment, and which layer's h or x a point is; None where the modules are no plain chain."""
        places: dict[int, tuple[int, str]] = {0: (0, "activation")}
        phis: list[str] = []
        norms: set[str] = set()
        layer = 0
        for place, point in enumerate(self.points):
            if point.kind in ("linear", "convolution") and point.call == 1:
                layer += 1
                phis.append("linear")
                places[place] = layer, "preactivation"
            elif point.kind == "activation" and layer and phis[-1] == "linear":
                if not point.part:
                    return None
                phis[-1] = point.part
                places[place] = layer, "activation"
            elif point.kind == "norm" and layer and phis[-1] == "linear" and point.type in _NORMS:
                norms.add(_NORMS[point.type])
                del places[max(places)]  # what theory calls h has passed the norm
            elif point.kind not in _PASSED_OVER and place:
                return None
        rows = [each for each in self.weights if each.kind in ("linear", "convolution")]
        if not layer or len(rows) != layer or len(norms) > 1 or self.points[0].module != INPUT:
            return None
        mean, square = (
            float(np.median(self.curves["activation", name][0][:, 0])) for name in ("mean", "second_moment")
        )
        spread = math.sqrt(max(0.0, square - mean**2))
        try:
            return Experiment(
                activations=by_layer(phis),
                widths="-".join(str(each.fan_in) for each in rows) + f"-{rows[-1].fan_out}",
                inits=by_layer(recognized.schemes(rows)),
                bias=recognized.bias(rows),
                normalization=next(iter(norms), "none"),
                inputs=f"gaussian(mean={mean:.4g}, std={spread:.4g})",
                batch=max(1, self.batch),
            ), places
        except SettingError:
            return None

    def expected(self, quantity: str, statistic: str, label: str = "") -> pd.DataFrame | None:
        """Theory's rows at the points that are a layer's h or x; None where there is none."""
        theory, chain = self.theory, self._chain
        if theory is None or chain is None or quantity not in ("activation", "activation_gradient"):
            return None
        rows = []
        for place, (layer, side) in chain[1].items():
            pair = (side + quantity.removeprefix("activation"), statistic)
            if pair in theory.curves and layer < theory.curves[pair][0].shape[1]:
                rows.append((place, *(float(curve[0, layer]) for curve in theory.curves[pair])))
        if not rows:
            return None
        places, values, logs = (np.array(column) for column in zip(*rows, strict=True))
        curve = {(quantity, statistic): Curve(values[None], logs[None])}
        frame = frames.tidy(label, frames.THEORY, [frames.NO_SEED], [int(place) for place in places], curve)
        return self._named(frame)

    def _advice(self) -> Advice | None:
        return nearest.advice(self.nearest_experiment(), self.weights, self.activations)

    def save(self, path: str | Path) -> None:
        """Write a Parquet file that the page Your network, and `Probe.load`, read."""
        import pyarrow as pa
        from pyarrow import parquet

        texts = ["label", "source", "quantity", "statistic"]
        table = pa.Table.from_pandas(self.to_frame().astype(dict.fromkeys(texts, str)), preserve_index=False)
        about = {"notes": self.notes, "batch": self.batch, "weights": [asdict(each) for each in self.weights]}
        finite = self.curves.get(("activation", "finite"))
        about["broken"] = [] if finite is None else np.flatnonzero((finite[0] == 0).any(axis=0)).tolist()
        packed = {**(table.schema.metadata or {}), _ABOUT: json.dumps(about).encode()}
        parquet.write_table(table.replace_schema_metadata(packed), path)

    @classmethod
    def load(cls, file: str | Path | bytes, name: str = "", most: int = 64 * 2**20) -> Probe:
        """Read what `save` wrote, of at most `most` bytes in memory; nothing in it is executed.

        Raises SettingError, one sentence, for other files.
        """
        from pyarrow import parquet

        from simulator.studies.sweep.loading import read

        content = file if isinstance(file, bytes) else _content(Path(file))
        name = name or (str(file) if not isinstance(file, bytes) else "The file")
        frame = read(io.BytesIO(content), name, most, also=("module", "kind", "call", "type", "part"))
        about = (parquet.read_metadata(io.BytesIO(content)).metadata or {}).get(_ABOUT, b"")
        try:
            if not about or len(about) > _MOST_ABOUT:
                raise ValueError
            return cls._made(frame, json.loads(about))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
            raise SettingError(f"{name} is not a probe that this program has saved.") from None

    @classmethod
    def _made(cls, frame: pd.DataFrame, about: dict[str, Any]) -> Probe:
        layers, seeds = frame["layer"].to_numpy(np.int64), sorted(set(frame["seed"].to_numpy(np.int64).tolist()))
        count = int(layers.max()) + 1
        pairs = len(frame[["quantity", "statistic"]].drop_duplicates())
        dense = count * len(seeds) * pairs <= _SPARSEST * len(frame)  # a few rows may not stand for large arrays
        if not 0 < count <= min(_MOST_POINTS, len(frame)) or not dense or len(seeds) > 1000 or layers.min() < 0:
            raise ValueError
        names = ("module", "kind", "type", "part")
        texts = {name: frame[name].astype(object).fillna("").to_numpy() for name in names}
        points = [Point("?", "other")] * count
        calls = frame["call"].astype(np.float64).to_numpy()
        for row, layer in zip(*np.unique(layers, return_index=True)[::-1], strict=True):
            module, kind, type_, part = (str(texts[name][row])[:200] for name in names)
            points[layer] = Point(module, kind, int(calls[row]), type_, part if _is_known(part) else "")
        curves: dict[tuple[str, str], Curve] = {}
        places = {seed: row for row, seed in enumerate(seeds)}
        for pair, rows in frame.groupby(["quantity", "statistic"], observed=True):
            value, log10 = (np.full((len(seeds), count), np.nan) for _ in range(2))
            at = [places[seed] for seed in rows["seed"]], rows["layer"].to_numpy(np.int64)
            value[at], log10[at] = rows["value"].to_numpy(np.float64), rows["log10"].to_numpy(np.float64)
            curves[str(pair[0]), str(pair[1])] = Curve(value, log10)
        if about.get("broken"):
            finite = np.ones((1, count))
            finite[0, [int(place) for place in about["broken"]]] = 0.0
            curves["activation", "finite"] = Curve(finite, np.zeros((1, count)))
        kinds = {each.name: type(each.default) for each in fields(Weights)}
        weights = [Weights(**{name: each[name] for name in kinds}) for each in about["weights"]]
        if not all(isinstance(each.size, float) and math.isfinite(each.size) for each in weights):
            raise ValueError
        notes = tuple(str(note)[:400] for note in about["notes"][:200])
        return cls(tuple(points), curves, tuple(weights), notes, int(about["batch"]), tuple(seeds))


def _is_known(part: str) -> bool:
    """Whether a text is an activation here: a file may come from where another was defined."""
    try:
        return bool(part and Activation.parse(part))
    except SettingError:
        return False


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingError(f"{path} cannot be read: {error.strerror}.") from None
