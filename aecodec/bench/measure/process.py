"""The module tells what a whole process took: processor time, time on a clock, and memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# A process counts as its own what its parent held when it was forked, so that the one that measures has a small parent.
_PARENT = """
import json, os, subprocess, sys, time
start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
seconds = time.perf_counter() - start
print(json.dumps([os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, seconds, used.ru_maxrss]))
"""
_KIBI, _MEBI = 1 << 10, 1 << 20


@dataclass(frozen=True)
class Spent:
    """What a process took, with all that it started and waited for.

    ``cpu`` is processor time in seconds, the system's included; ``seconds`` passed on a clock; ``peak`` is the most
    that one of these processes held, in MiB.
    """

    cpu: float
    seconds: float
    peak: float


def spend(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Spent:
    """Run ``command`` in ``folder``; return what it took. POSIX systems alone count that.

    Raises CalledProcessError, with its ``stderr``, where it fails.
    """
    observed = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _PARENT, *command],
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if observed.returncode:  # the command could not be started
        raise subprocess.CalledProcessError(observed.returncode, list(command), stderr=observed.stderr)
    code, cpu, seconds, most = json.loads(observed.stdout)
    if code:
        raise subprocess.CalledProcessError(code, list(command), stderr=observed.stderr)
    unit = 1 if sys.platform == "darwin" else _KIBI
    return Spent(cpu, seconds, most * unit / _MEBI)
