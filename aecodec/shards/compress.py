"""One shard, from a job to a record: the function that every engine calls, and any other scheduler may."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace

import aecodec
from aecodec.codec import Encoded, compress_all
from aecodec.codec.choose import named_model
from aecodec.codec.options import PROGRESSIVE_LATENT_DIM, Options
from aecodec.errors import LimitError, ModelError
from aecodec.shards.ends import no_room_told
from aecodec.shards.job import ShardJob, stated
from aecodec.shards.matching import finished
from aecodec.shards.pictures import ShardPictures
from aecodec.shards.places import last_part, remove, write
from aecodec.shards.record import Pictures, ShardRecord
from aecodec.zoo import Zoo


def compress_shard(job: ShardJob) -> ShardRecord:
    """Compress the pictures of ``job`` into its ``.aec`` file, and return the record that is written beside it.

    A pure function of its job and of the files that this names: it can be pickled, keeps nothing, and gives the same
    bytes on every machine and in every order. First the ``.aec`` is there, whole, and then the ``.json``. A shard that
    is there already, of the same pictures, options and models, is left as it is, and its record comes back as
    ``skipped``. Pictures that cannot be read are failures in the record.

    It works alone, in one process and one thread: many shards are done at once by many processes that call it, in
    which BLAS had better have one thread (``OPENBLAS_NUM_THREADS=1`` before NumPy is imported).

    Raises UsageError for another command's shard in its place, unless the job has ``force``, and for bounds that
    cannot be met; ModelError where a model is missing, or another than the job's; LimitError for a shard that is too
    large; FileError where it cannot be written.
    """
    there = finished(job)
    if there is not None:
        return there
    started = time.perf_counter()
    try:
        return _compressed(job, started)
    except MemoryError as error:
        raise LimitError(f"not enough memory for {job.target}; use smaller shards or fewer jobs") from error


def named_sha256(options: Options, zoo: Zoo) -> str | None:
    """Return the SHA-256 of the model that ``options`` name, or None if they name none. Raises ModelError."""
    if options.progressive:
        return named_model(options, zoo, PROGRESSIVE_LATENT_DIM).sha256
    if options.model is None and options.latent_dim is None:
        return None
    return named_model(options, zoo).sha256


def _compressed(job: ShardJob, started: float) -> ShardRecord:
    zoo = Zoo(job.model_path)
    if named_sha256(job.options, zoo) != job.model_sha256:
        raise ModelError(
            f"the model here is not the one that {job.target} was asked for, of SHA-256 {job.model_sha256}"
        )
    with ShardPictures(job.items) as pictures:
        result = None
        if len(pictures):
            result = compress_all(pictures, replace(job.options, jobs=1), zoo, many=True, names=pictures.names)
        record = _record(job, pictures, result, time.perf_counter() - started)
    with no_room_told():
        remove(job.record_place)  # of an earlier command: from here to the end the shard is not done
        if result is None:
            remove(job.target)
        else:
            write(job.target, result.data, force=True)
        write(job.record_place, record.to_json(), force=True)
    return record


def _record(job: ShardJob, pictures: ShardPictures, result: Encoded | None, seconds: float) -> ShardRecord:
    errors = [] if result is None else result.errors
    return ShardRecord(
        shard=last_part(job.target).removesuffix(".aec"),
        file=None if result is None else last_part(job.target),
        bytes=0 if result is None else len(result.data),
        sha256=None if result is None else hashlib.sha256(result.data).hexdigest(),
        options=stated(job.options),
        models=[] if result is None else _models(result),
        pictures=len(pictures),
        failed=len(pictures.failures),
        pixels=0 if result is None else result.pixels,
        input_bytes=pictures.input_bytes,
        exact=result is not None and result.exact,
        mse=0.0 if result is None else result.mse,
        max_mse=max(errors, default=0.0),
        seconds=round(seconds, 3),
        aecodec=aecodec.__version__,
        tars=[list(tar) for tar in job.tars],
        inputs=_columns(job, pictures, errors if result is not None and not result.exact else ()),
        failures=pictures.failures,
        remarks=pictures.remarks,
    )


def _models(result: Encoded) -> list[dict[str, str]]:
    models = [None if result.first is None else result.first.model, result.model]
    return [{"id": model.id, "sha256": model.sha256} for model in models if model is not None]


def _columns(job: ShardJob, pictures: ShardPictures, errors: Sequence[float]) -> Pictures:
    shapes = dict(zip(pictures.items, pictures.shapes, strict=True))
    found = dict(zip(pictures.items, errors, strict=False))
    every = range(len(job.items))
    return Pictures(
        name=[item.name for item in job.items],
        size=[item.size for item in job.items],
        etag=[item.etag for item in job.items] if any(item.etag for item in job.items) else [],
        height=[shapes[at].height if at in shapes else None for at in every],
        width=[shapes[at].width if at in shapes else None for at in every],
        channels=[shapes[at].channels if at in shapes else None for at in every],
        mse=[found.get(at) for at in every] if errors else [],
    )
