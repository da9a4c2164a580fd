"""Processes that torchrun starts, on one machine here, train as those of --workers do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest
import torch

from aecodec.errors import UsageError
from aecodec.train.checkpoint import CHECKPOINT
from aecodec.train.folders import Folders
from aecodec.train.grid.job import Job
from aecodec.train.grid.settings import Settings
from aecodec.train.grid.single import run_grid
from aecodec.train.reports import Console
from aecodec.train.run_files import Target
from tests.conftest import ROOT
from tests.train.grid.runs import check_equal, run, weights

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = Settings(steps=3, finish=0.4, pixels=2 * 64 * 64, size="tiny")
OPTIONS = ["--steps=3", "--finish=0.4", "--batch-pixels=8192", "--size=tiny", "--device=cpu", "--precision=float32"]
MODULE = ["-m", "--", "aecodec.train.grid", *OPTIONS]  # torchrun has a --run-path, and would take --run for that
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def test_the_same_as_workers_and_resumed(cache: Path, tmp_path: Path) -> None:
    expected = weights(run(cache, tmp_path / "workers", SMALL, workers=2))
    line = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", *MODULE]
    line += [f"--cache={cache}", f"--run={tmp_path / 'run'}"]
    for more in (["--until=0"], []):
        made = subprocess.run([*line, *more], env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False)
        assert made.returncode == 0, made.stderr
        assert made.stderr.count("held back") == 1  # one of them speaks
        state = torch.load(tmp_path / "run" / CHECKPOINT, weights_only=True)
        assert state["step"] == (1 if more else SMALL.steps)
    check_equal(state["average"], expected)


def test_machines_without_a_shared_folder_are_refused(cache: Path, tmp_path: Path) -> None:
    """The second does not see the checkpoint of the first."""
    run(cache, tmp_path / "0", SMALL, workers=2)
    port = _free_port()
    started = [_start(rank, [f"--cache={cache}", f"--run={tmp_path / str(rank)}"], port) for rank in (0, 1)]
    ended = [(process.communicate(timeout=120)[1], process.returncode) for process in started]
    assert all(code == 2 and "folder that all share" in errors for errors, code in ended), ended


def test_the_number_of_processes_is_torchruns(cache: Path, tmp_path: Path) -> None:
    process = _start(0, [f"--cache={cache}", f"--run={tmp_path}", "--workers=2"], 1)
    assert "drop --workers" in process.communicate(timeout=120)[1] and process.returncode == 2


def test_a_whole_run_is_not_for_torchrun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    with pytest.raises(UsageError, match="torchrun is for python -m"):
        run_grid(Job(SMALL, tmp_path, tmp_path), Folders([tmp_path]), Target(tmp_path, "a"), Console(_never, print))


def _never(label: str, steps: int) -> NoReturn:
    pytest.fail(f"{label} began")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _start(rank: int, options: Sequence[str], port: int) -> subprocess.Popen[str]:
    told = {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    command = [sys.executable, "-m", "aecodec.train.grid", *OPTIONS, *options]
    return subprocess.Popen(command, env=ENVIRONMENT | told, stderr=subprocess.PIPE, text=True)
