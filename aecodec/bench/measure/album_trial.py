"""One codec goes through files on disk, picture by picture: one process compresses, another reads back and decodes.

Ways are those of :mod:`aecodec.bench.measure.way`, given one picture at a time. The clock starts when the model is
loaded: a corner of the first picture goes before. Neither process holds more than one picture: originals are read one
by one, and what is decoded goes to the disk, to be compared when both are done. So peaks are the codec's own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from aecodec.arrays import Shallow
from aecodec.bench.measure.apart import apart
from aecodec.bench.measure.fidelity import ROUNDING
from aecodec.bench.measure.memory import peak_memory
from aecodec.bench.measure.similarity import similarity
from aecodec.bench.measure.trial import timed
from aecodec.bench.measure.way import Way
from aecodec.bench.records.album import Shot
from aecodec.codec.distortion import mse, psnr, visible_mse
from aecodec.data import Album
from aecodec.errors import UnsupportedError
from aecodec.files import Source, read_shallow

_CORNER = 64  # pixels a side
_WARM = "warm"


@dataclass(frozen=True)
class Terms:
    """A trial is run on these terms: seconds are medians of ``runs``."""

    runs: int = 1


@dataclass(frozen=True)
class Outcome:
    """It has a shot of each picture, in order, and the peaks of both processes in MiB."""

    shots: tuple[Shot, ...]
    compress_peak: float | None
    decompress_peak: float | None


@dataclass(frozen=True)
class _Written:
    """Each picture has a shape, seconds, and what it must decode to: an MSE of all samples, or a SHA-256."""

    shapes: list[tuple[int, ...]]
    seconds: list[float]
    promised: list[float | None]
    decoded: list[str | None]
    peak: float | None


@dataclass(frozen=True)
class _Read:
    seconds: list[float]
    peak: float | None


def run_trial(way: Way, album: Album, terms: Terms, *, lossless: bool) -> Outcome:
    """Take every picture of ``album`` through ``way``.

    Raises what the way raises, UnsupportedError with the picture's name before it, and ValueError for a way that
    makes other than one file of a picture, or gives back another shape.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        written = apart(_write_all, way, album.sources, folder, terms.runs)
        read = apart(_read_all, way, written.shapes, folder, terms.runs)
        shots = [
            _shot(number, source, folder, written, read, terms, lossless=lossless)
            for number, source in enumerate(album.sources)
        ]
    return Outcome(tuple(shots), written.peak, read.peak)


def _shot(
    number: int, source: Source, folder: Path, written: _Written, read: _Read, terms: Terms, *, lossless: bool
) -> Shot:
    picture, decoded = read_shallow(source.path), np.load(_pixels(folder, number))
    if decoded.shape != picture.shape or decoded.dtype != np.uint8:
        raise ValueError(f"{source.name} came back as {decoded.dtype} {decoded.shape}, not uint8 {picture.shape}")
    whole = mse(decoded, picture)
    promised, digest = written.promised[number], written.decoded[number]
    bug = lossless and whole > 0
    bug |= promised is not None and abs(visible_mse(picture, decoded) - promised) > ROUNDING
    bug |= digest is not None and digest != _digest(decoded)
    (colour, alpha), (seen, seen_alpha) = split(picture), split(decoded)
    if alpha is not None:
        seen = np.where(alpha[..., None] == 0, colour, seen)
    alpha_mse = None if alpha is None or seen_alpha is None else mse(seen_alpha, alpha)
    bug |= promised is not None and bool(alpha_mse)
    error, alike = mse(seen, colour), similarity(seen, colour)
    return Shot(
        name=source.name,
        width=picture.shape[1],
        height=picture.shape[0],
        channels=picture.shape[2] if picture.ndim == 3 else 1,
        bytes=_file(folder, number).stat().st_size,
        mse=error,
        psnr=psnr(error) if error else None,
        ssim=alike.ssim,
        ms_ssim=alike.ms_ssim,
        alpha_mse=alpha_mse,
        compress_seconds=written.seconds[number],
        decompress_seconds=read.seconds[number],
        runs=terms.runs,
        bug=bool(bug),
    )


def split(picture: Shallow) -> tuple[Shallow, Shallow | None]:
    """Return the colour ``[H, W, 1 or 3]``, and alpha ``[H, W]`` where there is some."""
    if picture.ndim == 2:
        return picture[..., None], None
    if picture.shape[2] in (2, 4):
        return picture[..., :-1], picture[..., -1]
    return picture, None


def _write_all(way: Way, sources: Sequence[Source], folder: Path, runs: int) -> _Written:
    """Write files first, so that the peak is compressing's; then see what those without a promise decode to."""
    shapes, seconds, promised = [], [], []
    for number, source in enumerate(sources):
        picture = read_shallow(source.path)
        try:
            if not number:
                corner = np.ascontiguousarray(picture[:_CORNER, :_CORNER])
                np.save(folder / _WARM, corner)
                (folder / _WARM).write_bytes(_only(way.compress(corner[None]).files))
            took, kept = timed(runs, lambda one=picture[None]: way.compress(one))  # type: ignore[misc]
        except UnsupportedError as error:
            raise UnsupportedError(f"{source.name}: {error}") from error
        _file(folder, number).write_bytes(_only(kept.files))
        shapes.append(picture.shape)
        seconds.append(took)
        promised.append(None if kept.errors is None else float(kept.errors[0]))
    peak = peak_memory()
    decoded = [
        None if promise is not None else _digest(_decoded(way, folder, number, shape))
        for number, (shape, promise) in enumerate(zip(shapes, promised, strict=True))
    ]
    return _Written(shapes, seconds, promised, decoded, peak)


def _read_all(way: Way, shapes: Sequence[tuple[int, ...]], folder: Path, runs: int) -> _Read:
    warm = np.load(folder / f"{_WARM}.npy")
    way.decompress([(folder / _WARM).read_bytes()], (1, *warm.shape))
    seconds = []
    for number, shape in enumerate(shapes):
        file = _file(folder, number).read_bytes()
        took, found = timed(runs, lambda one=file, like=shape: way.decompress([one], (1, *like)))  # type: ignore[misc]
        np.save(_pixels(folder, number), found[0])
        seconds.append(took)
    return _Read(seconds, peak_memory())


def _decoded(way: Way, folder: Path, number: int, shape: tuple[int, ...]) -> Shallow:
    found: Shallow = way.decompress([_file(folder, number).read_bytes()], (1, *shape))[0]
    return found


def _only(files: Sequence[bytes]) -> bytes:
    if len(files) != 1:
        raise ValueError(f"{len(files)} files of one picture")
    return files[0]


def _digest(picture: Shallow) -> str:
    return hashlib.sha256(np.ascontiguousarray(picture).tobytes()).hexdigest()


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number:06}"


def _pixels(folder: Path, number: int) -> Path:
    return folder / f"{number:06}.npy"
