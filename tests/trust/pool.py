"""Many attempts shared by a few processes, each attempt's time and each process's memory measured."""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from tests.trust.trial import EXAMPLES, Size, Tally, Trial

SLOWEST, LARGEST = "slowest, ms of CPU time", "memory added, MiB"
MOST_MS = 10_000  # of CPU time for one attempt
_KIB = 1024


def peak_mib() -> float:
    """The most memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB


def attempt(tally: Tally, judge: Callable[[], str | None]) -> None:
    """Count what ``judge`` says went wrong, if anything, and keep the most CPU time that one took."""
    start = time.process_time()
    failure = judge()
    milliseconds = (time.process_time() - start) * 1000
    tally.worst(SLOWEST, milliseconds)
    if failure is None and milliseconds > MOST_MS:
        failure = f"took {milliseconds:.0f} ms of CPU time, the bound is {MOST_MS}; attempt {tally.tried}"
    tally.count(failure)


def spread(work: Callable[[int], Trial], jobs: int, size: Size, most_mib: int = 64) -> Trial:
    """The sum of ``work(0)``, ``work(1)``, … each in a child process, and how much memory the largest one took more.

    That is a failure where it is above ``most_mib``. At full size as many run at once as there are processors; what is
    loaded before is shared by all.
    """
    count = len(os.sched_getaffinity(0)) if size is Size.FULL else 1
    with multiprocessing.get_context("fork").Pool(count) as pool:
        return total(pool.map(_Measured(work, most_mib), range(jobs), chunksize=1))


def apart(work: Callable[[], Trial], most_mib: int) -> Trial:
    """``work`` in a child process of its own, as :func:`spread` does it."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=lambda: theirs.send(_Measured(lambda _: work(), most_mib)(0)))
    child.start()
    theirs.close()
    found: Trial = ours.recv()
    child.join()
    return found


class _Measured:
    """``work`` with its process's memory added to what it found."""

    def __init__(self, work: Callable[[int], Trial], most_mib: int) -> None:
        self.work, self.most_mib = work, most_mib

    def __call__(self, job: int) -> Trial:
        before = _started()
        found = self.work(job)
        more = peak_mib() - before
        found = replace(found, measured={**found.measured, LARGEST: more})
        if more <= self.most_mib:
            return found
        return replace(found, failed=found.failed + 1, examples=(f"job {job} took {more:.0f} MiB", *found.examples))


_first: list[float] = []


def _started() -> float:
    """What this process had before its first job."""
    if not _first:
        _first.append(peak_mib())
    return _first[0]


def total(parts: Sequence[Trial]) -> Trial:
    """One trial of all: figures that begin with ``slowest`` or ``memory`` are the largest, others are summed."""
    tally = Tally(parts[0].name, parts[0].promise)
    for part in parts:
        tally.tried, tally.failed = tally.tried + part.tried, tally.failed + part.failed
        tally.examples += part.examples[: EXAMPLES - len(tally.examples)]
        for key, value in part.measured.items():
            assert not isinstance(value, str)
            if key.startswith(("slowest", "memory", "most")):
                tally.worst(key, value)
            else:
                tally.measured[key] = value + int(tally.measured.get(key, 0))
    return tally.trial
