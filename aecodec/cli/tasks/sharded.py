"""What commands on shards share: the engine, and lines on what failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from aecodec.cli.plumbing.failures import as_typed, complain
from aecodec.cli.plumbing.product import emit
from aecodec.engines import DEFAULT, JobEngine, engine
from aecodec.errors import AecError

J = TypeVar("J")
R = TypeVar("R")


def in_order(found: Iterable[tuple[J, R]], jobs: Sequence[J]) -> Iterator[tuple[J, R]]:
    """Give what was found in the order of ``jobs``, as soon as those before are there."""
    early: dict[int, R] = {}
    places = {id(job): number for number, job in enumerate(jobs)}
    number = 0
    for job, result in found:
        early[places[id(job)]] = result
        while number in early:
            yield jobs[number], early.pop(number)
            number += 1


def chosen_engine(name: str | None, jobs: int) -> AbstractContextManager[JobEngine]:
    """Return the engine that is asked for; a cluster has as many jobs as processors unless a number is given."""
    given = click.get_current_context().get_parameter_source("jobs") is not ParameterSource.DEFAULT
    return engine(name or DEFAULT, jobs if given or name != "ray" else None)


def results(
    used: JobEngine,
    function: Callable[[J], R],
    jobs: Iterable[J],
    failed: Callable[[J], dict[str, Any]] | None,
    ends: tuple[type[AecError], ...] = (),
) -> Iterator[tuple[J, R | AecError]]:
    """Give each job with what came of it, when it is done. Errors are shown, and those of ``ends`` raised.

    ``failed`` gives how the JSON of an error begins; None for none.
    """
    for done in used.as_finished(function, jobs):
        error = done.error
        if not isinstance(error, AecError):
            yield done.job, done.take()
            continue
        if isinstance(error, ends):
            raise error
        if failed is not None:
            emit({**failed(done.job), "error": as_typed(error), "exit_code": error.exit_code})
        complain(error)
        yield done.job, error
