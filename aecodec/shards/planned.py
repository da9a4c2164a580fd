"""From what a caller gives to a plan: what comes before the first shard, whoever then does them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from aecodec.codec import Options
from aecodec.codec.arguments import positive
from aecodec.errors import AecError
from aecodec.shards.compress import named_sha256
from aecodec.shards.inputs import Inputs, find_inputs
from aecodec.shards.job import ShardJob
from aecodec.shards.output import claim
from aecodec.shards.places import is_url, settled
from aecodec.shards.plan import Plan, template
from aecodec.shards.tars import Index, index_tar
from aecodec.zoo import Zoo

MapTars = Callable[[Sequence[str]], Iterable[tuple[str, Index]]]


def plan_shards(
    inputs: Sequence[str | os.PathLike[str]],
    output: str | os.PathLike[str],
    *,
    shard_size: int = 10_000,
    model_path: Sequence[str | os.PathLike[str]] = (),
    force: bool = False,
    **options: Any,
) -> Plan:
    """Return the plan of the shards of ``inputs`` in the folder ``output``, which becomes this plan's.

    Args:
        inputs: paths or URLs of folders, pictures and tar files, and patterns of these. Paths become absolute.
        output: a folder, or the URL of one.
        shard_size: pictures in each.
        model_path: folders to look for models in.
        force: another command's shards in the folder are replaced.
        options: those of :func:`aecodec.compress`.

    Raises:
        UsageError: inputs that mean nothing, or a folder that is another's. FileError: an input that is not there, or a
            tar file that is damaged; the command leaves that out. ModelError: no such model.

    """
    found = find_inputs([_everywhere(each) for each in inputs])
    folder, size = _everywhere(output), positive("shard_size", shard_size)
    job = begin(folder, size, Options(**options), [_everywhere(each) for each in model_path], force=force)
    plan, errors = settle(found, folder, size, job)
    if errors:
        raise errors[0]
    return plan


def begin(folder: str, size: int, options: Options, model_path: Sequence[str], *, force: bool) -> ShardJob:
    """Claim the folder, and return what all jobs have in common. Raises UsageError, ModelError or FileError."""
    job = template(options, model_path, named_sha256(options, Zoo(model_path)), force)
    claim(folder, size, job, force=force)
    return job


def settle(
    found: Inputs, folder: str, size: int, common: ShardJob, map_tars: MapTars | None = None
) -> tuple[Plan, list[AecError]]:
    """Return the plan, and the errors of tar files that are left out. Tar files are indexed.

    ``map_tars`` gives the index of each of the places that it gets, in any order; by default one after the other.
    """
    places = [each.place for each in found.files if each.is_tar and each.error is None]
    indexes = dict((map_tars or _one_by_one)(places))
    errors = [each.error for each in found.files if each.is_tar and each.error is not None]
    for place in places:
        found.others.update(indexes[place].others)
        error = indexes[place].error
        errors += [] if error is None else [error]
    return Plan(found.files, indexes, size, folder, common), errors


def _everywhere(path: str | os.PathLike[str]) -> str:
    """Return a place that means the same in every working folder."""
    place = settled(os.fspath(path))
    return place if is_url(place) else os.path.abspath(place)


def _one_by_one(places: Sequence[str]) -> Iterator[tuple[str, Index]]:
    return ((place, index_tar(place)) for place in places)
