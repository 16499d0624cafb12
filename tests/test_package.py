"""What is installed is what is in the repository: the wheel carries the app, its pages, styles, scripts and data."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked."""
    place = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place / "built")]
    subprocess.run(build, cwd=REPOSITORY, capture_output=True, check=True)
    with zipfile.ZipFile(next((place / "built").glob("*.whl"))) as archive:
        archive.extractall(place / "site")
    return place / "site"


def test_the_wheel_has_every_file_of_the_package_and_the_app(wheel: Path) -> None:
    files = [
        path for path in (REPOSITORY / "simulator").rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    expected = {path.relative_to(REPOSITORY).as_posix() for path in files}
    app = [REPOSITORY / "app.py", REPOSITORY / ".streamlit" / "config.toml", *(REPOSITORY / "pages").glob("*.py")]
    expected |= {f"simulator/bundle/{path.relative_to(REPOSITORY).as_posix()}" for path in app}
    data = ("digits.npz", "digits.LICENSE.md", "probe_before.parquet", "probe_after.parquet")
    expected |= {f"simulator/data/{name}" for name in data}
    built = {path.relative_to(wheel).as_posix() for path in wheel.rglob("*") if path.is_file()}
    assert {name for name in built if not name.split("/")[0].endswith(".dist-info")} == expected


def test_the_installed_package_finds_its_data(wheel: Path) -> None:
    code = "import simulator, simulator.inputs as i; print(simulator.__file__, len(i.digit_images()))"
    environment = os.environ | {"PYTHONPATH": str(wheel)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env=environment,
        cwd=wheel.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    place, count = done.stdout.rsplit(maxsplit=1)
    assert Path(place).is_relative_to(wheel) and count == "1797"


def test_the_app_starts_without_asking_anything() -> None:
    """On a machine that is new to it Streamlit would ask for an e-mail address, and wait."""
    config = tomllib.loads((REPOSITORY / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"].get("showEmailPrompt") is False
    assert config["browser"]["gatherUsageStats"] is False


def test_pinned_versions_satisfy_the_package() -> None:
    """Every runtime dependency is pinned, to a version that pyproject.toml allows."""
    from packaging.requirements import Requirement
    from packaging.version import Version

    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = {pin.name.lower(): pin for pin in map(Requirement, (line for line in lines if not line.startswith("#")))}
    for wanted in map(Requirement, project["dependencies"]):
        (pin,) = pins[wanted.name.lower()].specifier
        assert pin.operator == "==" and Version(pin.version) in wanted.specifier, wanted


def test_importing_it_loads_nothing_that_is_not_asked_for() -> None:
    """Neither tables nor SciPy nor the app; and every public name is there when it is."""
    code = (
        "import sys, simulator; heavy = {'numpy', 'pandas', 'scipy', 'pyarrow', 'plotly', 'streamlit'}; "
        "assert not heavy & set(sys.modules), heavy & set(sys.modules); "
        "assert all(getattr(simulator, name) is not None for name in simulator.__all__); "
        "assert callable(simulator.report) and simulator.figures and 'streamlit' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
