"""The output of a command: a table for people, CSV or JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from simulator import frames
from simulator.curves import is_at_width
from simulator.settings import SettingError, echo

_TABLE = (
    ("activation", "variance"),
    ("activation", "saturated_fraction"),
    ("activation_gradient", "variance"),
    ("weight_gradient", "variance"),
)


def write(
    arguments: argparse.Namespace,
    settings: Mapping[str, Any],
    outcome: str,
    frame: pd.DataFrame,
    lines: Sequence[str] = (),
    table: Sequence[str] | None = None,
    fields: Mapping[str, Any] | None = None,
) -> None:
    """Print the frame, or write it to the file of --output, in the format of --format; raises SettingError.

    `lines` follow a table, `fields` stand before the rows of JSON.
    """
    if arguments.format == "csv":
        text = frame.to_csv(index=False, lineterminator="\n")
    elif arguments.format == "json":
        document = {"experiment": dict(settings), "outcome": outcome, **(fields or {}), "rows": frames.records(frame)}
        text = json.dumps(document, allow_nan=False, ensure_ascii=False) + "\n"
    else:
        text = "\n".join([*(by_layer(frame) if table is None else table), *(["", *lines] if lines else [])]) + "\n"
    deliver(text, arguments.output)


def deliver(text: str, output: str | None, flag: str = "output") -> None:
    """Write a text to a file, or to standard output where none is named."""
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingError(f"--{flag} {output} cannot be written: {error.strerror}.") from None
    except ValueError:  # a zero byte, or half a character
        raise SettingError(f"--{flag} {echo(output)} cannot be the name of a file.") from None


def by_layer(frame: pd.DataFrame, pairs: Sequence[tuple[str, str]] = _TABLE) -> list[str]:
    """Some statistics by layer, the median over seeds, as aligned text; of theory, that of infinite width."""
    frame = frame[~frame.label.astype(str).map(is_at_width)]
    columns = [pair for pair in pairs if ((frame.quantity == pair[0]) & (frame.statistic == pair[1])).any()]
    cells = [["layer", *(" ".join(pair).replace("_", " ") for pair in columns)]]
    median = {
        pair: frame[(frame.quantity == pair[0]) & (frame.statistic == pair[1])]
        .groupby("layer")[["value", "log10"]]
        .median()
        for pair in columns
    }
    layers = sorted(frame.layer.unique())
    cells += [[str(layer), *(cell(median[pair], layer) for pair in columns)] for layer in layers]
    return aligned(cells)


def aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as lines whose columns end at the same place."""
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]


def cell(median: pd.DataFrame, layer: int) -> str:
    """The number in the row of a layer, as a table shows it."""
    if layer not in median.index:
        return ""
    value, log10 = median.loc[layer]
    if value != value:  # outside the double range: only the logarithm says it
        return f"10^{log10:.2f}"
    return f"{value:.4g}"
