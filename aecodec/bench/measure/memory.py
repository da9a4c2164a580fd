"""The module tells how much memory a process has held."""

from __future__ import annotations

import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_MEBI = 1 << 20


def peak_memory() -> float | None:
    """Return the most that this process has held, and the largest of its children, together in MiB.

    None where the system does not say. On Linux the process's own comes from ``/proc``: ``getrusage`` there counts
    what the parent held when it forked, too.
    """
    try:
        import resource
    except ModuleNotFoundError:  # there is none on Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1_024
    own = _own_peak() or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return (own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit) / _MEBI


def _own_peak() -> int | None:
    """Return its own peak in bytes, on Linux."""
    if not _STATUS.exists():
        return None
    lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines() if ":" in line)
    return int(lines["VmHWM"].split()[0]) * 1_024
