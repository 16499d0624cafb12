"""The chart that says most of a study's result: what `result.chart()` draws, and a notebook shows."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from simulator import figures
from simulator.figures.figure import Figure
from simulator.settings import SettingError
from simulator.studies.distributions import Distributions
from simulator.studies.ensemble import Ensemble, quantiles
from simulator.studies.formats import FORMATS
from simulator.studies.jacobian import Jacobian
from simulator.studies.precision import Precision
from simulator.studies.propagation import Propagation
from simulator.studies.training.record import Record
from simulator.theory import gains
from simulator.theory.gains import Gains
from simulator.theory.mean_field import MeanField, mean_field


@singledispatch
def chart(result: Any, *arguments: Any, **named: Any) -> Figure:
    """A result's chart; its arguments choose what of it is drawn."""
    raise SettingError(f"A {type(result).__name__} has no chart of its own; simulator.figures has functions for it.")


@chart.register
def _(result: Propagation, quantity: str = "activation", statistic: str = "variance", *, theory: bool = True) -> Figure:
    """A statistic by layer, beside theory."""
    pair = _known(result.curves, quantity, statistic)
    expected = mean_field(result.experiment).lines(*pair) if theory else []
    return figures.layer_profile([*result.lines(*pair), *expected], *pair)


@chart.register
def _(result: MeanField, quantity: str = "activation", statistic: str = "variance") -> Figure:
    """A statistic by layer, as infinite width foretells it."""
    pair = _known(result.curves, quantity, statistic)
    return figures.layer_profile(result.lines(*pair), *pair)


@chart.register
def _(result: Distributions, axis: str = "rms") -> Figure:
    """Every layer's histogram."""
    return figures.distribution_map(result, axis)


@chart.register
def _(result: Jacobian) -> Figure:
    """Singular values at several depths."""
    return figures.singular_values(result.spectra(result.law), result.law)


@chart.register
def _(result: Gains) -> Figure:
    """The gain for each purpose."""
    return figures.gain_sizes(gains.table([result]))


@chart.register
def _(result: Ensemble, quantity: str = "activation") -> Figure:
    """The mean squares of all networks by layer."""
    logs = result.log10[_known(result.log10, quantity)]
    return figures.network_fan(quantity, logs, quantiles(logs), examples=result.experiment.batch)


@chart.register
def _(result: Precision, quantity: str = "preactivation") -> Figure:
    """The largest values in every number format."""
    title = f"Largest {quantity.replace('_', ' ')} by number format"
    return figures.format_profile(
        result.to_frame(), quantity, list(FORMATS.values()), name=f"formats-{quantity}", title=title
    )


@chart.register
def _(result: Record) -> Figure:
    """The loss over the steps."""
    return figures.training_loss(result)


def _known(known: Any, *key: str) -> Any:
    """A key that there is; raises SettingError, one sentence, for another."""
    asked: Any = key if len(key) > 1 else key[0]
    if asked not in known:
        raise SettingError(f"chart: there is no {' of '.join(reversed(key))} in this result.")
    return asked
