"""Whether a shard is there already: done by the same command, left unfinished, or another command's."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from aecodec.errors import FileError, FormatError, LimitError, ModelError
from aecodec.shards.ends import AnotherCommandError
from aecodec.shards.job import ShardJob, differing, restated, stated
from aecodec.shards.places import read, stat
from aecodec.shards.record import ShardRecord
from aecodec.zoo import Zoo
from aecodec.zoo.kept import digest_of


def finished(job: ShardJob) -> ShardRecord | None:
    """Return the record of ``job``'s shard where that is done, or None if it has to be done, or done again.

    It is done where its record has the same options, models and inputs, by names, sizes and tags, and its file is
    there with the size stated. It is done again where the file is missing or of another size, and where a picture
    could not be read for lack of the file, which may have passed. Raises UsageError if the record is another
    command's, unless the job has ``force``; FileError where nobody can tell.
    """
    if stat(job.record_place) is None:
        return None
    try:
        record = ShardRecord.from_json(read(job.record_place), job.record_place)
        difference = _difference(job, record)
    except FormatError as error:
        difference = (str(error),)
    if difference is not None:
        if job.force:
            return None
        otherwise = "; choose another output, or replace it with -f"
        raise AnotherCommandError(f"{job.target} is another command's: ", *difference, otherwise)
    if any(failure.kind == FileError.__name__ for failure in record.failures):
        return None
    there = stat(job.target)
    if record.file is not None and (there is None or there.size != record.bytes):
        return None
    return replace(record, skipped=True)


def _difference(job: ShardJob, record: ShardRecord) -> tuple[str, ...] | None:
    """Return what another command had otherwise, in parts of a message, or None if it was the same."""
    theirs = restated(record.options)
    for name, value in stated(job.options).items():
        if theirs[name] != value:
            return ("it was made ", *differing(name, theirs[name], value))
    if record.inputs.name != [item.name for item in job.items]:
        return ("it has other pictures",)
    if record.inputs.size != [item.size for item in job.items]:
        return ("its pictures were of other sizes",)
    tags = record.inputs.etag or [None] * len(job.items)
    tars = [tuple(tar[1:]) for tar in record.tars] != [tar[1:] for tar in job.tars]
    if tars or tags != [item.etag for item in job.items]:
        return ("its inputs have changed",)
    model = _model_difference(job, record)
    return None if model is None else (model,)


def _model_difference(job: ShardJob, record: ShardRecord) -> str | None:
    made_with = [model["sha256"] for model in record.models]
    if not made_with:
        return None
    if job.model_sha256 is not None and job.model_sha256 not in made_with:
        return "it was made with another model of that name"
    here = set()
    for path in Zoo(job.model_path).files():
        with contextlib.suppress(ModelError, LimitError):
            here.add(digest_of(path))
    if job.model_sha256 is not None:
        here.add(job.model_sha256)  # which may be a file in no folder
    missing = [model["id"] for model in record.models if model["sha256"] not in here]
    return f"it was made with a model {missing[0]} that is not here" if missing else None
