"""The module says where and on what figures were taken."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import aecodec
from aecodec.data import Album, Collection

LIBRARIES = (
    "numpy", "constriction", "pillow", "safetensors", "scikit-image", "scikit-learn", "bjontegaard",
    "pillow-jxl-plugin", "pyoxipng", "ssimulacra2", "brotli", "zstandard",
)  # fmt: skip


def about(collection: Collection | Album, models: Mapping[str, str], **settings: Any) -> dict[str, Any]:
    """Return the data set with its hash, machine, versions, commit, ``models`` (SHA-256 by id), and ``settings``."""
    return {
        **collection.facts,
        "date": datetime.now(UTC).date().isoformat(),
        "aecodec": aecodec.__version__,
        "commit": commit(),
        "processor": processor(),
        "cores": usable_cores(),
        "blas_threads": os.environ.get("OPENBLAS_NUM_THREADS"),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "libraries": {name: found for name in LIBRARIES if (found := _version(name))},
        "models": dict(models),
        "settings": settings,
    }


def commit() -> str | None:
    """Return the commit of the source tree that runs, ``-dirty`` where code or models were changed since.

    None outside of a clone.
    """
    root = Path(aecodec.__file__).resolve().parents[1]
    if not (root / ".git").exists():
        return None
    try:
        head = _git(root, "rev-parse", "--short=12", "HEAD")
        return head + ("-dirty" if _git(root, "status", "--porcelain", "--", "aecodec", "models") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(root: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True).stdout.strip()


def usable_cores() -> int | None:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def processor() -> str:
    """Return what the processor calls itself."""
    known = Path("/proc/cpuinfo")
    if known.exists():
        for line in known.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None
