"""The module measures how bytes, seconds and memory grow with the number of pictures in one container.

Pictures are read from a file, and what is decoded is compared and dropped, one at a time: memory is the codec's own.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from aecodec.arrays import Picture, Pictures
from aecodec.bench.measure.apart import apart
from aecodec.bench.measure.fidelity import ROUNDING
from aecodec.bench.measure.memory import peak_memory
from aecodec.bench.records.costs import Cost
from aecodec.codec import Decoder, Options, compress_all, visible_mse
from aecodec.errors import FormatError
from aecodec.pictures.sequence import PictureSequence
from aecodec.zoo import Zoo

COUNTS = (1, 10, 100, 1_000, 10_000, 70_000)


class _OnDisk(PictureSequence):
    """These pictures lie in a file of raw samples; each is read when it is asked for."""

    def __init__(self, path: Path, shape: tuple[int, ...]) -> None:
        self._path, self._shape = path, shape

    def __len__(self) -> int:
        return self._shape[0]

    def read(self, index: int) -> Picture:
        """See PictureSequence."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        size = math.prod(self._shape[1:])
        return np.fromfile(self._path, np.uint8, size, offset=index * size).reshape(self._shape[1:])


def measure(pictures: Pictures, way: str, options: Options, counts: Sequence[int] = COUNTS) -> Iterator[Cost]:
    """Measure the cost of the first pictures, as many as each of ``counts`` says, as far as there are so many.

    Raises FormatError if what comes back is not what was promised.
    """
    with TemporaryDirectory() as name:
        raw, kept = Path(name) / "pictures", Path(name) / "kept.aec"
        np.ascontiguousarray(pictures).tofile(raw)
        for count in (each for each in counts if each <= len(pictures)):
            shape = (count, *pictures.shape[1:])
            promised, seconds, peak = apart(_compress, raw, shape, options, kept)
            found, back, peak_back = apart(_decompress, raw, shape, kept)
            if not np.allclose(promised, found, rtol=0, atol=ROUNDING):
                raise FormatError(f"of {count} pictures some came back with another MSE than promised")
            yield Cost(way, count, kept.stat().st_size, seconds, back, peak, peak_back)


def _compress(
    raw: Path, shape: tuple[int, ...], options: Options, kept: Path
) -> tuple[list[float], float, float | None]:
    zoo, pictures = Zoo(), _OnDisk(raw, shape)
    compress_all([pictures[0]], options, zoo, many=True)
    start = time.perf_counter()
    done = compress_all(pictures, options, zoo, many=True)
    seconds = time.perf_counter() - start
    kept.write_bytes(done.data)
    return done.errors, seconds, peak_memory()


def _decompress(raw: Path, shape: tuple[int, ...], kept: Path) -> tuple[list[float], float, float | None]:
    zoo, pictures, data = Zoo(), _OnDisk(raw, shape), kept.read_bytes()
    Decoder(data, zoo).picture(0)
    errors, seconds, start = [], 0.0, time.perf_counter()
    for place, found in enumerate(Decoder(data, zoo)):
        seconds += time.perf_counter() - start
        errors.append(visible_mse(pictures[place], found))
        start = time.perf_counter()
    return errors, seconds, peak_memory()
