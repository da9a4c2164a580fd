"""Whether shards are sound: each by itself, against its record, and all of them against the manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from aecodec.codec import Decoder
from aecodec.errors import AecError, FileError, FormatError, LimitError
from aecodec.frozen import dataclass
from aecodec.shards.job import record_of
from aecodec.shards.manifest import as_utf8, read_manifest
from aecodec.shards.places import last_part, read, stat
from aecodec.shards.record import ShardRecord
from aecodec.zoo import Zoo


@dataclass(frozen=True)
class VerifyJob:
    """All that :func:`verify_shard` needs. ``source`` is where the ``.aec`` file is, or would be.

    ``recorded``: it has to have a record beside it.
    """

    source: str
    model_path: tuple[str, ...] = ()
    recorded: bool = True


@dataclass(frozen=True)
class Verified:
    """A sound shard. ``names_digest`` is over the names of its pictures, for the comparison with a manifest."""

    source: str
    shard: str
    pictures: int
    failed: int
    bytes: int
    exact: bool
    model: str | None
    names_digest: str


def verify_shard(job: VerifyJob) -> Verified:
    """Decode a shard completely, and compare it with its record: size, SHA-256, names, and counts.

    Raises FormatError if they differ and what decoding raises; FileError where one of the two is missing.
    """
    record = _record(job)
    shard = last_part(job.source).removesuffix(".aec")
    if record is not None and record.file is None:  # none of its pictures could be read
        if stat(job.source) is not None:
            raise FormatError(f"{job.source} exists, but its record says that it has no pictures")
        return Verified(job.source, shard, 0, record.failed, 0, True, None, digest_of_names([]))
    data = read(job.source)
    if record is not None:
        _check_bytes(job.source, data, record)
    try:
        decoder = Decoder(data, Zoo(job.model_path))
        pictures = sum(1 for _ in decoder)
    except FileError:
        raise
    except AecError as error:
        raise type(error)(f"{job.source}: ", *error.args) from error
    except MemoryError as error:
        raise LimitError(f"not enough memory for {job.source}; use fewer jobs") from error
    names = decoder.container.header.names or ()
    if record is not None and (pictures != record.pictures or list(names) != record.names()):
        raise FormatError(f"{job.source} has other pictures than its record says, {pictures} of {record.pictures}")
    failed = 0 if record is None else record.failed
    digest = digest_of_names(names)
    return Verified(job.source, shard, pictures, failed, len(data), decoder.is_exact, decoder.model_ids, digest)


def check_manifest(place: str, shards: Mapping[str, Verified], *, whole: bool) -> None:
    """Compare a manifest with the shards that are sound. Raises FormatError if they differ.

    With ``whole`` these are all that there are, and so must be the manifest's.
    """
    failed: dict[str, int] = {}
    pictures: dict[str, int] = {}
    digests: dict[str, hashlib._Hash] = {}
    for part in read_manifest(place):
        failed[part.shard] = failed.get(part.shard, 0) + part.failed
        pictures[part.shard] = pictures.get(part.shard, 0) + len(part.names)
        _add(digests.setdefault(part.shard, hashlib.sha256()), part.names)
    for name, shard in shards.items():
        if name not in digests:
            raise FormatError(f"{place} does not have shard {name}")
        if (pictures[name], failed[name]) != (shard.pictures, shard.failed):
            raise FormatError(
                f"{place} has {pictures[name]} pictures and {failed[name]} failed ones of shard {name}, expected "
                f"{shard.pictures} and {shard.failed}"
            )
        if digests[name].hexdigest() != shard.names_digest:
            raise FormatError(f"{place} has other names of pictures than shard {name}")
    extra = sorted(set(digests) - set(shards)) if whole else []
    if extra:
        raise FormatError(f"{place} has shard {extra[0]}, which is not there")


def digest_of_names(names: Iterable[str]) -> str:
    """Return the SHA-256 over names, as a manifest has them."""
    digest = hashlib.sha256()
    _add(digest, names)
    return digest.hexdigest()


def _add(digest: hashlib._Hash, names: Iterable[str]) -> None:
    for name in names:
        digest.update(as_utf8(name).encode() + b"\0")


def _record(job: VerifyJob) -> ShardRecord | None:
    place = record_of(job.source)
    if stat(place) is None:
        if job.recorded:
            raise FileError(f"{job.source} has no record {last_part(place)}: it is not done, or that was removed")
        return None
    return ShardRecord.from_json(read(place), place)


def _check_bytes(source: str, data: bytes, record: ShardRecord) -> None:
    if len(data) != record.bytes:
        raise FormatError(f"{source} has {len(data)} bytes, and {record.bytes} by its record")
    digest = hashlib.sha256(data).hexdigest()
    if digest != record.sha256:
        raise FormatError(f"{source} has not the SHA-256 that its record says, {record.sha256}")
