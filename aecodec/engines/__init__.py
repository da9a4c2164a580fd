"""Who does jobs that do not depend on each other: processes of this machine, or a cluster.

Each engine is a module, and is imported when named: a function that takes how many jobs are to be done at once, None
for as many as there are processors, and what of a machine each of them takes. It gives a context manager with a
:class:`~aecodec.engines.protocol.JobEngine`.
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
    """Return the engine of that name, each of whose jobs takes a ``share`` of its machine.

    Raises UsageError for an unknown one, or where its package is missing.
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
