"""The command line: every setting is a flag of the same name, with - for _."""

from __future__ import annotations

import argparse
import errno
import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from simulator.cli import catalogue, documents, flags, networks, probe, server, studies, sweep
from simulator.export import FRAMEWORKS
from simulator.settings import SettingError
from simulator.version import __version__

_UNWRITABLE = {errno.ENOSPC, errno.EBADF, errno.EIO, errno.EFBIG, errno.EDQUOT}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0, or 2 after one sentence on standard error for bad input."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a Windows console's own encoding has no sigma
            stream.reconfigure(errors="backslashreplace")
    if sys.stdout is None:  # closed by whoever started this
        sys.stdout = _Closed()
    try:
        arguments = _parser().parse_args(argv)
        status = int(arguments.command(arguments) or 0)
        sys.stdout.flush()
        return status
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, such as head, has had enough
        _drop_output()
        return 0
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        _drop_output()
        print(f"Standard output cannot be written: {error.strerror}.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


class _Closed(io.TextIOBase):
    """A stand-in for a closed standard output."""

    def write(self, text: str) -> int:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def _drop_output() -> None:
    """Let the rest of the output go nowhere: Python would try to write it when it ends."""
    if isinstance(sys.stdout, _Closed):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    else:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = flags.Parser(
        prog="simulator", description="What a deep network's initialization does to the signal.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], Any], about: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about, description=about, allow_abbrev=False)
        made.set_defaults(command=run)
        return made

    app = command("app", server.app, "Start the app in a browser.")
    app.add_argument("--port", default="8501", help="port to listen on (default 8501)")
    app.add_argument(
        "--address", default="localhost", help="address to listen on (default localhost: this machine only)"
    )
    flags.add_settings(
        flags.add_output(command("run", networks.run, "Simulate and print every statistic of every layer and seed."))
    )
    theory = command("theory", networks.theory, "Print what infinite-width theory predicts of the same statistics.")
    flags.add_settings(flags.add_output(theory))
    for name, about in networks.CURVE_FLAGS.items():
        theory.add_argument(f"--{name}", default=None, metavar="NUMBER", help=about)
    catalogue.add(command)
    studies.add(command)
    sweep.add(command("sweep", sweep.run, sweep.ABOUT))
    probe.add(command("probe", probe.run, probe.ABOUT))
    flags.add_settings(command("link", networks.link, "Print the URL query of an experiment."))
    code = command("code", documents.code, "Print the network as a script for another framework.")
    code.add_argument("--framework", default="pytorch", choices=list(FRAMEWORKS), help="which (default pytorch)")
    code.add_argument("--only-init", action="store_true", help="only a function that initializes a model of one's own")
    code.add_argument("--output", metavar="FILE", default=None, help="write to a file in place of standard output")
    flags.add_settings(code)
    report = command("report", documents.report, "Write one HTML file with charts, verdict, tables, theory and code.")
    report.add_argument("--output", metavar="FILE", default="report.html", help="the file (default report.html)")
    for name in ("csv", "json"):
        report.add_argument(
            f"--{name}", metavar="FILE", default=None, help=f"write the whole table as {name.upper()} too"
        )
    flags.add_settings(report)
    return parser
