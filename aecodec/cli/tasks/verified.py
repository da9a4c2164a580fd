"""``aecodec verify`` finds this in a file."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from aecodec.arrays import Picture
from aecodec.cli.plumbing.asked import Watch
from aecodec.cli.plumbing.chunks import holds_many, in_chunks
from aecodec.cli.plumbing.failures import about, within_memory
from aecodec.cli.plumbing.lines import decibels, say
from aecodec.cli.plumbing.models import model_facts
from aecodec.cli.plumbing.progress import progress_bar
from aecodec.codec import Decoder, mse, psnr
from aecodec.codec.workers import workers
from aecodec.errors import AecError, UsageError
from aecodec.files import Source, decode_with_remarks, read_bytes
from aecodec.files.read import shown
from aecodec.zoo import Zoo


@dataclass(frozen=True)
class Verified:
    """What is said of a sound file: for ``--json``, and, where ``-v`` was given, what it ``took``. ``first`` is its
    first picture, where that was asked for.
    """

    record: dict[str, Any]
    took: str
    first: Picture | None


def verified(
    sources: Sequence[Source], zoo: Zoo, jobs: int, keep: bool
) -> Iterator[tuple[Source, Verified | AecError]]:
    """Decode each file completely, on ``jobs`` processors; yield what is said of it, or the error of decoding.

    ``keep`` asks for first pictures.
    Files of one picture are shared out; containers come one after the other, each with all processors.
    """
    given: deque[list[Source]] = deque()

    def asked() -> Iterator[list[str]]:
        for chunk in in_chunks(sources, lambda source: source.path):
            given.append(chunk)
            yield [source.path for source in chunk if source.error is None]

    with workers(jobs, len(sources)) as engine:
        for found in engine.map(partial(_some, zoo, max(1, jobs // max(1, len(sources))), keep), asked()):
            results = iter(found)
            for source in given.popleft():
                result = source.error or next(results) or _tried(source.path, zoo, jobs, keep)
                yield source, result


def _some(zoo: Zoo, jobs: int, keep: bool, paths: Sequence[str]) -> list[Verified | AecError | None]:
    """Decode files of one picture; None stands for a container, which is left, and for standard input."""
    return [None if holds_many(path) else _tried(path, zoo, jobs, keep) for path in paths]


def _tried(path: str, zoo: Zoo, jobs: int, keep: bool) -> Verified | AecError:
    try:
        with within_memory(path):
            return _verified(path, zoo, jobs, keep)
    except AecError as error:
        return error


def _verified(file: str, zoo: Zoo, jobs: int, keep: bool) -> Verified:
    watch = Watch()
    data = read_bytes(file)
    with about(file):
        decoder = Decoder(data, zoo, jobs=jobs)
        first: Picture | None = None
        with progress_bar(len(decoder), "verify", quiet=jobs == 1) as progress:
            for number, picture in enumerate(decoder):
                first = picture if keep and not number else first
                if progress:
                    progress(number + 1)
    record: dict[str, Any] = {"file": file, "ok": True, "pictures": len(decoder), "bytes": len(data)}
    record["lossless"] = decoder.is_exact
    record["model"] = decoder.model_ids
    watch.lap("decoded")
    return Verified(record, watch.line(*model_facts(decoder.models)), first)


def compared(file: str, found: Verified, against: str) -> dict[str, Any]:
    """Compare the one picture of ``file`` with ``against``. Raise UsageError where they cannot be compared."""
    ours, count = found.first, found.record["pictures"]
    if ours is None or count != 1:
        raise UsageError(f"{file} holds {count} pictures; --against compares one")
    theirs, remarks = decode_with_remarks(read_bytes(against), shown(against))
    for remark in remarks:
        say(f"aecodec: warning: {remark}")
    if ours.shape != theirs.shape:
        raise UsageError(
            f"{file} holds a picture of shape {ours.shape}, {against} is of shape {theirs.shape}; "
            "expected the picture that was compressed"
        )
    error = mse(ours, theirs)
    return {"against": against, "exact": error == 0, "mse": error, "psnr": psnr(error)}


def worded(record: dict[str, Any]) -> str:
    """Put a record of a sound file into words."""
    count = record["pictures"]
    words = [f"ok, {count} picture{'s' * (count != 1)}"]
    words.append(f"model {record['model']}" if record["model"] else "no model")
    if "exact" in record:
        words.append(f"MSE {record['mse']:.6f}, {decibels(record['psnr'])} against {record['against']}")
    return ", ".join(words)
