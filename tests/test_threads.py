"""How many threads of BLAS a command has, and the processes that it starts."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from aecodec.blas import VARIABLES

COUNT = """
import atexit, os, sys

def show():
    from threadpoolctl import threadpool_info
    blas = {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}
    print("threads", *blas, os.environ.get("OPENBLAS_NUM_THREADS"))

atexit.register(show)
from aecodec.cli import main
main()
"""


several = pytest.mark.skipif((os.cpu_count() or 1) == 1, reason="one processor has one thread whatever is settled")


def threads_of(command: str, **environment: str) -> list[str]:
    """Threads of BLAS in this command, and the variable that its children have."""
    others = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    done = subprocess.run(
        [sys.executable, "-c", COUNT, command, "--help"],
        env={**others, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.rpartition("threads")[2].split()


@pytest.mark.parametrize("command", ["compress", "decompress", "verify", "benchmark", "visualize"])
def test_commands_have_one_thread(command: str) -> None:
    assert threads_of(command) == ["1", "1"]


@several
def test_the_environment_comes_first() -> None:
    assert threads_of("compress", OPENBLAS_NUM_THREADS="2") == ["2", "2"]


@several
def test_training_has_all() -> None:
    threads, variable = threads_of("train")
    assert int(threads) > 1 and variable == "None"
