"""The deployment on one's own machine ends with what it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from deploy import local
from tests.waiting import PATIENCE

CODE = """
import signal, sys, tempfile
from pathlib import Path
from deploy import local

local.Replica.wait = lambda self, patience=60: print(self.process.pid, flush=True)
with tempfile.TemporaryDirectory() as folder, local.replicas(2, Path(folder)):
    signal.pause()
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_no_orphans(how: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    process = subprocess.Popen([sys.executable, "-c", CODE], cwd=local.ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    replicas = [int(process.stdout.readline()) for _ in range(2)]
    process.send_signal(how)
    process.wait(timeout=PATIENCE)
    process.stdout.close()
    for replica in replicas:
        with pytest.raises(ProcessLookupError):
            os.kill(replica, 0)
