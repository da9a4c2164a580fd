"""What commands on shards share: their options, the engine, and lines on what failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

import click
from click.core import ParameterSource

from aecodec.cli.plumbing.failures import as_typed, complain
from aecodec.cli.plumbing.product import emit
from aecodec.codec.threads import processors
from aecodec.errors import AecError
from aecodec.shards.ends import ENDS
from aecodec.shards.engines import DEFAULT, ENGINES, ShardEngine, engine
from aecodec.shards.output import is_shards
from aecodec.shards.places import is_folder, is_url, settled

J = TypeVar("J")
R = TypeVar("R")

engine_option = click.option(
    "--engine",
    "engine_name",
    type=click.Choice(list(ENGINES)),
    help=f"Who does the shards: processes of this machine, or Ray, of the cluster at RAY_ADDRESS where that is set. "
    f"Default: {DEFAULT}.",
)
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1),
    default=processors,
    metavar="N",
    help="Shards that are worked on at once. Default: one a processor.",
)


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


def are_shards(words: Sequence[str], engine_name: str | None) -> bool:
    """Return whether a command on files is one on shards: an engine is named, or a URL, or a folder of shards."""
    if engine_name is not None:
        return True
    places = [settled(word) for word in words]
    return any(is_url(place) or (is_folder(place) and is_shards(place)) for place in places)


def chosen_engine(name: str | None, jobs: int) -> AbstractContextManager[ShardEngine]:
    """Return the engine that is asked for; a cluster has as many jobs as processors unless a number is given."""
    given = click.get_current_context().get_parameter_source("jobs") is not ParameterSource.DEFAULT
    return engine(name or DEFAULT, jobs if given or name != "ray" else None)


def results(
    used: ShardEngine, function: Callable[[J], R], jobs: Iterable[J], place_of: Callable[[J], str], as_json: bool
) -> Iterator[tuple[J, R | AecError]]:
    """Give each job with what came of it, when it is done. An error is shown; one that is that of all is raised."""
    for done in used.as_finished(function, jobs):
        error = done.error
        if not isinstance(error, AecError):
            yield done.job, done.take()
            continue
        if isinstance(error, ENDS):
            raise error
        if as_json:
            emit({"file": place_of(done.job), "error": as_typed(error), "exit_code": error.exit_code})
        complain(error)
        yield done.job, error
