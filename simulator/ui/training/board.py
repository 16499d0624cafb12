"""The charts of the page Training: they follow a run, so nothing here is kept for other visitors."""

from __future__ import annotations

from simulator import figures
from simulator.studies.training import Record
from simulator.ui import host


def curves(record: Record) -> bytes:
    """Loss, accuracy (of classes) and the size of the updates, over the steps."""
    shown = [figures.training_loss(record), figures.training_accuracy(record), figures.update_ratios(record)]
    if record.accuracy[0, 0, 0] != record.accuracy[0, 0, 0]:  # NaN: the target is a number
        del shown[1]
    return host.encode(shown, columns=len(shown))


def maps(record: Record, pair: tuple[str, str]) -> bytes:
    """One quantity at every layer over the steps, a map a scheme."""
    return host.encode(figures.layer_maps(record, pair), columns=_columns(record))


def moment(record: Record, pair: tuple[str, str], index: int) -> bytes:
    """The same quantity at one moment, and the rank of what was learnt."""
    return host.encode([figures.layer_moment(record, pair, index), figures.change_ranks(record)], columns=2)


def pictures(record: Record, index: int, size: tuple[int, int]) -> bytes:
    """The first layer's weights at one moment, a chart a scheme."""
    return host.encode(figures.first_layer(record, index, size), columns=_columns(record))


def _columns(record: Record) -> int:
    """A row for all networks, or two rows of two."""
    return 2 if len(record.schemes) == 4 else len(record.schemes)
