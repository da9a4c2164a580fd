"""Engines: they do jobs that do not depend on each other, in processes of this machine or on a cluster.

Each engine has a module, which is imported when the engine is asked for. Its function takes the number of jobs at once,
None for as many as there are processors, and the share of a machine that each job takes. It returns a context manager
that gives a :class:`~aecodec.engines.protocol.JobEngine`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib import import_module
from typing import Final

from aecodec.engines.protocol import SMALL, Finished, JobEngine, Share
from aecodec.errors import UsageError

DEFAULT: Final = "processes"
# name: its module here, its function there, and what has to be installed for it
ENGINES: Final = {
    "processes": ("processes", "processes", None),
    "ray": ("on_ray", "on_ray", "aecodec[ray]"),
}


def engine(name: str, jobs: int | None = None, share: Share = SMALL) -> AbstractContextManager[JobEngine]:
    """Return the engine ``name``. Each job takes a ``share`` of its machine.

    Raises UsageError for an unknown engine, or if its package is missing.
    """
    if name not in ENGINES:
        raise UsageError(f"no engine {name!r}; there are: {', '.join(ENGINES)}")
    module, function, extra = ENGINES[name]
    try:
        made = getattr(import_module(f"{__name__}.{module}"), function)
    except ModuleNotFoundError as error:
        raise UsageError(f"the engine {name} needs {error.name}: pip install '{extra}'") from error
    found: AbstractContextManager[JobEngine] = made(jobs, share)
    return found


__all__ = ["DEFAULT", "ENGINES", "Finished", "JobEngine", "Share", "engine"]
