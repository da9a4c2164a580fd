"""Who does the shards: processes of this machine, or a cluster. Each engine is a module, and is imported when named.

An engine is a function that takes how many jobs are to be done at once, None for as many as there are processors, and
gives a context manager with a :class:`~aecodec.shards.engines.protocol.ShardEngine`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib import import_module
from typing import Final

from aecodec.errors import UsageError
from aecodec.shards.engines.protocol import Finished, ShardEngine

DEFAULT: Final = "processes"
# name: its module here, its function there, and what has to be installed for it
ENGINES: Final = {
    "processes": ("processes", "processes", None),
    "ray": ("on_ray", "on_ray", "aecodec[ray]"),
}


def engine(name: str, jobs: int | None = None) -> AbstractContextManager[ShardEngine]:
    """Return the engine of that name. Raises UsageError for an unknown one, or where its package is missing."""
    if name not in ENGINES:
        raise UsageError(f"no engine {name!r}; there are: {', '.join(ENGINES)}")
    module, function, extra = ENGINES[name]
    try:
        made = getattr(import_module(f"{__name__}.{module}"), function)
    except ModuleNotFoundError as error:
        raise UsageError(f"the engine {name} needs {error.name}: pip install '{extra}'") from error
    found: AbstractContextManager[ShardEngine] = made(jobs)
    return found


__all__ = ["DEFAULT", "ENGINES", "Finished", "ShardEngine", "engine"]
