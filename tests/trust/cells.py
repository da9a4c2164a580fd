"""Cells: one process each, with threads, instruction set, batch and NumPy of its own."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 3600  # seconds of one cell
_OURS = ("OPENBLAS_", "OMP_", "MKL_", "NPY_", "MALLOC_", "PYTHON", "AECODEC_")  # what a cell settles itself

# OpenBLAS's names of x86-64 processors, and the flags in /proc/cpuinfo without which one must not be asked for.
CORETYPES = {
    "Prescott": {"pni"},
    "Nehalem": {"sse4_2"},
    "Sandybridge": {"avx"},
    "Haswell": {"avx2", "fma"},
    "Zen": {"avx2", "fma"},
    "SkylakeX": {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"},
    "Cooperlake": {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl", "avx512_bf16"},
}


@dataclass(frozen=True)
class Cell:
    """``threads`` of BLAS; ``batch`` pictures at a time in every inner loop, 0 for what is usual; ``jobs`` processes;
    ``torch``, whether PyTorch is imported first; ``python`` whose NumPy is used.
    """

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    threads: int = 1
    batch: int = 0
    jobs: int = 1
    torch: bool = False
    python: str = sys.executable

    def run(self, pictures: Path, works: Mapping[str, Any], seed: int, golden: int) -> dict[str, Any]:
        """What :mod:`tests.trust.in_cell` prints; ``seed`` is that of Python's hashes, and every
        ``golden``-th golden file is decoded.

        Raises RuntimeError where the process fails.
        """
        given = {"threads": self.threads, "batch": self.batch, "jobs": self.jobs, "torch": self.torch}
        order = json.dumps({**given, "pictures": str(pictures), "works": works, "golden": golden})
        environment = {key: value for key, value in os.environ.items() if not key.startswith(_OURS)}
        count = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(self.threads))
        done = subprocess.run(
            [self.python, "-m", "tests.trust.in_cell"],
            input=order,
            cwd=ROOT,
            env={**environment, **count, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(seed), **self.environment},
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or ["no message"]
            raise RuntimeError(f"cell {self.name!r} ended with {done.returncode}: {last[0]}")
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


def coretypes() -> list[str]:
    """The instruction sets of OpenBLAS that this processor can run, as ``OPENBLAS_CORETYPE`` names them."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return []
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    flags = next((set(line.split()) for line in lines if line.startswith("flags")), set())
    return [name for name, needed in CORETYPES.items() if needed <= flags]


def dispatched() -> list[str]:
    """The instruction sets that NumPy itself chooses at run time, and has here."""
    inner = np._core if hasattr(np, "_core") else np.core
    module: Any = inner._multiarray_umath
    return [name for name in module.__cpu_dispatch__ if module.__cpu_features__.get(name)]


def numpy_with(folder: Path, wanted: str) -> str:
    """The Python of a new environment in ``folder`` that has NumPy ``wanted`` and what else aecodec needs at run time.

    Raises RuntimeError where that cannot be made.
    """
    packages = [wanted, "constriction>=0.5,<0.6", "pillow", "click", "safetensors", "rich"]
    python = str(folder / ("Scripts" if os.name == "nt" else "bin") / "python")
    steps: Sequence[list[str]] = (
        [sys.executable, "-m", "venv", str(folder)],
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages],
    )
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, timeout=LONGEST, check=False)
        if done.returncode:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
            raise RuntimeError(last[0])
    return python
