"""What ``aecodec verify`` finds in a file, and how the file compares with its picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from aecodec.arrays import Picture
from aecodec.cli.plumbing.asked import Watch
from aecodec.cli.plumbing.chunks import holds_many
from aecodec.cli.plumbing.failures import about, within_memory
from aecodec.cli.plumbing.lines import decibels, say
from aecodec.cli.plumbing.models import model_facts
from aecodec.cli.plumbing.progress import progress_bar
from aecodec.cli.plumbing.sharing import shared_out
from aecodec.cli.tasks.likeness import Promise
from aecodec.codec import Decoder, psnr, visible_mse
from aecodec.errors import AecError, UsageError
from aecodec.files import Source, decode_with_remarks, read_bytes
from aecodec.files.read import shown
from aecodec.frozen import dataclass
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
    some = partial(_some, zoo, max(1, jobs // max(1, len(sources))), keep)
    return shared_out(sources, lambda source: source.path, some, lambda each: _tried(each, zoo, jobs, keep), jobs)


def _some(zoo: Zoo, jobs: int, keep: bool, sources: Sequence[Source]) -> list[Verified | AecError | None]:
    """Decode files of one picture; None stands for a container, which is left, and for standard input."""
    return [
        None if source.error is None and holds_many(source.path) else _tried(source, zoo, jobs, keep)
        for source in sources
    ]


def _tried(source: Source, zoo: Zoo, jobs: int, keep: bool) -> Verified | AecError:
    if source.error is not None:
        return source.error
    try:
        with within_memory(source.path):
            return _verified(source.path, zoo, jobs, keep)
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
    watch.lap("decoded")
    return Verified(facts(file, decoder, len(data)), watch.line(*model_facts(decoder.models)), first)


def facts(file: str, decoder: Decoder, size: int) -> dict[str, Any]:
    """Return what ``--json`` says of a sound file."""
    record: dict[str, Any] = {"file": file, "ok": True, "pictures": len(decoder), "bytes": size}
    return {**record, "lossless": decoder.is_exact, "model": decoder.model_ids}


def compared(file: str, found: Verified, against: str, promise: Promise) -> tuple[dict[str, Any], str]:
    """Compare the one picture of ``file`` with ``against``; return what is found, and what breaks the promise.

    Raises UsageError if they cannot be compared.
    """
    ours, count = found.first, found.record["pictures"]
    if ours is None or count != 1:
        raise UsageError(f"{file} holds {count} pictures; --against compares one, or with the folder that has them all")
    theirs, remarks = decode_with_remarks(read_bytes(against), shown(against))
    for remark in remarks:
        say(f"aecodec: warning: {remark}")
    if ours.shape != theirs.shape:
        raise UsageError(
            f"{file} holds a picture of shape {ours.shape}, {against} is of shape {theirs.shape}; "
            "expected the picture that was compressed"
        )
    error = visible_mse(theirs, ours)
    broken = promise.broken_by(ours, theirs, error, exact=found.record["lossless"])
    same = bool((ours == theirs).all())
    return {"against": against, "exact": same, "mse": error, "psnr": psnr(error)}, broken


def worded(record: dict[str, Any]) -> str:
    """Put a record of a sound file into words."""
    words = [counted(record["pictures"], "picture", "ok, ")]
    words.append(f"model {record['model']}" if record["model"] else "no model")
    if "exact" in record:
        words.append(f"MSE {record['mse']:.6f}, {decibels(record['psnr'])} against {record['against']}")
    return ", ".join(words)


def counted(count: int, what: str, before: str = "") -> str:
    """Return a number of things."""
    return f"{before}{count} {what}{'s' * (count != 1)}"
