"""The files that every browser loads, compressed once: Streamlit's own, the charts' scripts and plotly.js.

    python -m deploy.files FOLDER

writes them, compressed beside the originals, where nginx finds them. Streamlit reads them from disk for each visitor
and leaves them uncompressed: 100 who come at once then wait 16 s each.
"""

from __future__ import annotations

import gzip
import mimetypes
import sys
from dataclasses import dataclass
from pathlib import Path

import streamlit

from simulator import charts
from simulator.ui import host

STREAMLIT = Path(streamlit.__file__).parent / "static"
PLOTLY = host.address(host.PLOTLY)
SOURCES = {
    "/static/": (STREAMLIT / "static", "**/*"),
    host.address(host.CHARTS): (charts.BROWSER, "*"),
    PLOTLY: (charts.plotly(), "plotly.min.js"),
}
"""Addresses, the folders behind them, and which of their files."""

FOREVER = "public, immutable, max-age=31536000"
"""For files whose names change with their contents."""

SOON = "public, max-age=300"

_COMPRESSIBLE = {".js", ".css", ".svg", ".json", ".txt", ".md"}


@dataclass(frozen=True)
class File:
    """A file as it is sent: its bytes, compressed where that pays, and its headers."""

    body: bytes
    packed: bool
    kind: str
    cache: str


def addresses() -> dict[str, Path]:
    """Every file by its address."""
    return {
        prefix + path.relative_to(folder).as_posix(): path
        for prefix, (folder, wanted) in SOURCES.items()
        for path in sorted(folder.glob(wanted))
        if path.is_file()
    }


def load(address: str, path: Path) -> File:
    """A file in memory."""
    packed = path.suffix in _COMPRESSIBLE
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return File(gzip.compress(body, 9, mtime=0) if packed else body, packed, kind, caching(address))


def caching(address: str) -> str:
    """How long a browser may keep a file."""
    return FOREVER if address.startswith(("/static/", PLOTLY)) else SOON


def write(folder: Path) -> int:
    """Write every file and its compressed twin below `folder`; returns how many."""
    paths = addresses()
    for address, path in paths.items():
        target = folder / address.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
        file = load(address, path)
        if file.packed:
            target.with_name(target.name + ".gz").write_bytes(file.body)
    return len(paths)


def main() -> int:
    """Write the files into the folder that is named."""
    if len(sys.argv) != 2:
        print("python -m deploy.files FOLDER", file=sys.stderr)
        return 2
    print(f"{write(Path(sys.argv[1]))} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
