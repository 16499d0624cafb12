"""Flags made from settings, and settings made from flags."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from simulator import tables
from simulator.experiment import Experiment
from simulator.inputs import InputLaw
from simulator.settings import Setting, SettingError, Settings, echo, number_text
from simulator.values import real

T = TypeVar("T")
Command = Callable[[str, Callable[[argparse.Namespace], Any], str], argparse.ArgumentParser]
"""Makes a command of a name, what it runs and what it is about."""

_LONGEST = 400
"""Characters of a complaint that repeats what was typed."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one sentence, raised as SettingError."""

    def error(self, message: str) -> NoReturn:
        raise SettingError(f"{message[0].upper()}{shortened(message[1:])}. See {self.prog} --help.")


def add_settings(parser: argparse.ArgumentParser, of: type[Settings] = Experiment) -> None:
    """A flag for every setting of an experiment, or of other settings, which says what there is to choose from."""
    for name, about in of.settings().items():
        default = f" (default {number_text(about.default)})" if about.default != "" else ""
        text = f"{about.help}{default}{_choices(about)}".replace("%", "%%")
        parser.add_argument(
            f"--{name.replace('_', '-')}", dest=name, default=None, metavar=about.kind.__name__.upper(), help=text
        )
    if of is Experiment:
        _add_table(parser)


def _choices(about: Setting) -> str:
    if about.choices is None:
        return ""
    names = about.choices.menu() if isinstance(about.choices, type) else about.choices
    return f"; one of {', '.join(map(str, names))}"


def _add_table(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--table", metavar="FILE", default=None, help="a CSV file of numbers for --inputs table")


def add_output(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """--format and --output; returns the parser."""
    parser.add_argument(
        "--format", choices=["table", "csv", "json"], default="table", help="what to print (default table)"
    )
    parser.add_argument("--output", metavar="FILE", default=None, help="write to a file in place of standard output")
    return parser


def experiment(arguments: argparse.Namespace) -> Experiment:
    """The experiment that the flags describe; raises SettingError."""
    given = chosen(arguments, Experiment)
    if arguments.table is not None:
        given.setdefault("inputs", "table")
    made = Experiment(**given)
    inputs = with_table(made.inputs, arguments.table)
    if inputs == made.inputs and arguments.table is not None:
        raise SettingError(f"--table goes with --inputs table; got --inputs {inputs}.")
    return made.replace(inputs=inputs)


def with_table(inputs: str, file: str | None) -> str:
    """A law of inputs with the table of `--table FILE` if it draws from one; raises SettingError if there is none."""
    law = InputLaw.parse(inputs)
    if "file" not in law.settings():
        return inputs
    if file is None:
        raise SettingError("--inputs table needs --table FILE, a CSV file of numbers.")
    return str(law.replace(file=tables.keep(parsed("table", file, tables.parse_features))))


def parsed(flag: str, file: str, parse: Callable[[bytes], T]) -> T:
    """The file that a flag names, read by `parse`; raises SettingError."""
    try:
        return parse(Path(file).read_bytes())
    except OSError as error:
        raise SettingError(f"--{flag} {echo(file)} cannot be read: {error.strerror}.") from None
    except tables.TableError as error:
        raise SettingError(f"--{flag} {echo(file)}: {error}") from None
    except ValueError:  # a zero byte, or half a character
        raise SettingError(f"--{flag} {echo(file)} cannot be the name of a file.") from None


def chosen(arguments: argparse.Namespace, of: type[Settings]) -> dict[str, Any]:
    """The settings that flags give, by name."""
    given = {name: getattr(arguments, name) for name in of.settings()}
    return {name: value for name, value in given.items() if value is not None}


def settings(of: Settings) -> dict[str, Any]:
    """Every setting by name."""
    return {name: getattr(of, name) for name in of.settings()}


def shortened(text: str) -> str:
    """A text on one line, never long."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def number(name: str, text: str) -> float:
    """The number that a flag is given; raises SettingError."""
    return real(text, f"--{name.replace('_', '-')}")
