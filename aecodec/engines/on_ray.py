"""The engine that uses Ray, on this machine or on a cluster.

If ``RAY_ADDRESS`` is set, or the program has called ``ray.init``, that cluster does the work. Otherwise Ray starts as
many processes on this machine as there are jobs at once. A task is one job. Ray keeps the processes, so each loads a
model once. Every machine needs aecodec, and needs the files that a job names under the same names: by URL, or on a
shared disk.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

import ray
from ray.exceptions import RayError, RayTaskError

from aecodec.engine import processors
from aecodec.engines.protocol import ONE_THREAD, SMALL, TRIES, Finished, Share, died
from aecodec.errors import UsageError

J = TypeVar("J")
R = TypeVar("R")
_LOOK: Final = 0.5  # seconds of one wait; signals are handled in between
_AHEAD: Final = 2  # tasks in flight for each that runs, so that no process waits for this one


@contextmanager
def on_ray(jobs: int | None = None, share: Share = SMALL) -> Iterator[OnRay]:
    """Give the engine. If Ray is not running, it is started, and stopped at the end."""
    if ray.is_initialized():
        yield OnRay(jobs, share)
        return
    with TemporaryDirectory(prefix="aecodec-ray-", ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # silences a warning about later versions
        cores = jobs * share.processors if jobs else max(processors(), share.processors)
        local: dict[str, Any] = {"num_cpus": cores, "include_dashboard": False, "_temp_dir": folder}
        chosen = {} if os.environ.get("RAY_ADDRESS") else {"address": "local", **local}
        try:
            ray.init(log_to_driver=False, logging_level=logging.ERROR, **chosen)
        except Exception as error:  # of several kinds
            raise UsageError(f"Ray cannot be started or reached: {' '.join(str(error).split()):.300}") from error
        try:
            yield OnRay(jobs, share)
        finally:
            ray.shutdown()


class OnRay:
    """See :class:`~aecodec.engines.protocol.JobEngine`."""

    def __init__(self, jobs: int | None, share: Share) -> None:
        resources: Callable[[], dict[str, float]] = ray.cluster_resources
        machines: Callable[[], list[dict[str, Any]]] = ray.nodes
        cores, gpus = (int(resources().get(kind, 0)) for kind in ("CPU", "GPU"))
        if share.gpus > gpus:  # Ray would wait for one for ever
            raise UsageError(f"jobs need {share.gpus} GPU(s) each, and this Ray has {gpus}; choose another device")
        most = max(int(node["Resources"].get("CPU", 0)) for node in machines() if node["Alive"])
        each = max(1, min(share.processors, most))
        room = max(1, cores // each)
        self._at_once = jobs if jobs is not None and jobs < room else _AHEAD * room
        self._needs: dict[str, Any] = {"num_cpus": each, "num_gpus": share.gpus}

    def as_finished(self, function: Callable[[J], R], jobs: Iterable[J]) -> Iterator[Finished[J, R]]:
        """Give each job when it is finished."""
        ours = ray.remote(**self._needs, max_retries=TRIES - 1, runtime_env={"env_vars": ONE_THREAD})
        task: Any = ours(_there)
        waiting, at_work, here = iter(jobs), dict[Any, J](), os.getcwd()
        while True:
            at_work.update(
                {task.remote(here, function, job): job for job in islice(waiting, self._at_once - len(at_work))}
            )
            if not at_work:
                return
            ready, _ = ray.wait(list(at_work), num_returns=1, timeout=_LOOK)
            for reference in ready:
                yield _finished(at_work.pop(reference), reference)


def _there(folder: str, function: Callable[[J], R], job: J) -> R:
    """Call ``function`` in ``folder``, so that relative paths mean what they mean to the caller."""
    if os.path.isdir(folder):
        os.chdir(folder)
    return function(job)


def _finished(job: J, reference: Any) -> Finished[J, Any]:
    try:
        return Finished(job, ray.get(reference))
    except RayTaskError as error:
        cause = error.cause
        return Finished(job, error=cause if isinstance(cause, Exception) else error)
    except RayError:  # its process or its machine has died too often
        return Finished(job, error=died())
