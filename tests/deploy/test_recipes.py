"""The recipes: the container's steps in a clean directory, and that what is written down is what there is."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from deploy import local
from simulator.serving import limits

DEPLOY = local.ROOT / "deploy"
CONTAINERFILE = DEPLOY / "container" / "Containerfile"


def steps() -> list[tuple[str, str]]:
    """(instruction, rest) of the container's recipe, continued lines joined."""
    text = CONTAINERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in lines]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the recipe's COPY lines bring together, and nothing else."""
    folder = tmp_path_factory.mktemp("image")
    for instruction, rest in steps():
        if instruction == "COPY":
            *sources, target = rest.split()
            for name in sources:
                source, place = local.ROOT / name, folder / target
                if source.is_dir():
                    shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(source, place / source.name if target.endswith("/") else place)
    return folder


def test_the_image_starts_and_is_healthy(image: Path) -> None:
    """The recipe's own command and health check, on a free port."""
    found = dict(steps())
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= dict(pair.split("=", 1) for pair in shlex.split(found["ENV"]))
    environment.pop("PYTHONPATH", None)
    port = str(local.free_ports(1)[0])
    command = [sys.executable if part == "python" else part for part in json.loads(found["CMD"])]
    command = [port if part == "8501" else part.replace("0.0.0.0", "127.0.0.1") for part in command]
    check = json.loads(found["HEALTHCHECK"].split("CMD", 1)[1])
    check = [sys.executable if part == "python" else part.replace("8501", port) for part in check]
    log = image / "log.txt"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command, cwd=image, env=environment, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT
        )
    try:
        local.answers(f"http://127.0.0.1:{port}/healthz", process, log)
        assert subprocess.run(check, check=False).returncode == 0
        mapped = Path(f"/proc/{process.pid}/cwd")
        assert not mapped.exists() or mapped.resolve() == image.resolve()
    finally:
        local.stop(process)
    assert "Traceback" not in log.read_text()


def test_the_image_brings_its_own_package(image: Path) -> None:
    code = "import simulator, deploy.asgi; print(simulator.__file__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=image, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).is_relative_to(image)


def test_all_that_is_needed_is_pinned() -> None:
    """Every runtime dependency of pyproject.toml has one exact version in what hosts and the image install."""
    project = tomllib.loads((local.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = (local.ROOT / "requirements.txt").read_text(encoding="utf-8").lower().replace("-", "_")
    lines = [line for line in pins.splitlines() if line and not line.startswith("#")]
    assert all(re.match(r"[a-z0-9_.]+==[^ ]+( ;.*)?$", line) for line in lines)
    named = {line.split("==")[0] for line in lines}
    wanted = {re.split(r"[>=<\[; ]", text, maxsplit=1)[0].lower().replace("-", "_") for text in project["dependencies"]}
    assert wanted | {"uvicorn", "starlette"} <= named


def test_every_limit_is_in_the_guide() -> None:
    guide = (DEPLOY / "README.md").read_text(encoding="utf-8")
    for name, (default, _) in limits.ABOUT.items():
        assert re.search(rf"\| `{name}` \| {default:g} \|", guide), name


def test_the_units_start_what_there_is() -> None:
    unit = (DEPLOY / "systemd" / "simulator@.service").read_text(encoding="utf-8")
    assert "-m deploy --port" in unit and "--port %i" in unit
    target = (DEPLOY / "systemd" / "simulator.target").read_text(encoding="utf-8")
    ports = set(re.findall(r"simulator@(\d+)\.service", target))
    assert ports == set(re.findall(r"server 127\.0\.0\.1:(\d+)", local.CONFIGURATION.read_text(encoding="utf-8")))


def test_the_restart_stops_at_the_first_replica_that_does_not_answer() -> None:
    port = str(local.free_ports(1)[0])
    environment = {**os.environ, "RESTART": "true ", "PATIENCE": "0"}
    script = DEPLOY / "restart.sh"
    done = subprocess.run([script, port, "1"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and f"port {port} does not answer" in done.stderr
    assert subprocess.run([script], capture_output=True, check=False).returncode == 2


def test_streamlits_own_settings_suit_a_public_server() -> None:
    found = tomllib.loads((local.ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert found["browser"]["gatherUsageStats"] is False
    assert found["client"]["showErrorDetails"] in {"type", "none"}
    assert found["runner"]["postScriptGC"] is False
    server = found["server"]
    assert server["enableCORS"] and server["enableXsrfProtection"]
    assert server["maxUploadSize"] <= 2 and server["maxMessageSize"] <= 50 and server["disconnectedSessionTTL"] <= 120


def test_nothing_a_visitor_sends_is_executed_or_unpickled() -> None:
    """No eval, exec, pickle or shell in the package but what a sweep sends its own workers."""
    own = local.ROOT / "simulator/studies/sweep/parcel.py"
    forbidden = re.compile(r"\b(eval|exec)\(|\bpickle\b|allow_pickle=True|shell=True|os\.system|__import__\(")
    found = [
        f"{path.relative_to(local.ROOT)}:{number}"
        for folder in ("simulator", "pages", "deploy")
        for path in (local.ROOT / folder).rglob("*.py")
        if path != own
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if forbidden.search(line)
    ]
    assert not found
