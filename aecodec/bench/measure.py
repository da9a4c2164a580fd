"""One row of the table: a set of pictures through one way of compressing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from aecodec.codec import Decoder, Encoded, Options, compress_all, mse, psnr
from aecodec.codec.quality import BEST
from aecodec.errors import FormatError
from aecodec.zoo import Zoo

T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """Figures of one way of compressing. Bytes are a picture's share of whole files; MSE on 0..1;
    speeds in pictures a second, model load apart, each the median of ``runs``.
    """

    name: str
    latent_dim: int | None
    effort: int
    quality: int | None
    pictures: int
    runs: int
    container_bytes: float
    payload_bytes: float
    single_file_bytes: float
    singles: int
    bpp: float
    ratio: float
    mse: float
    psnr: float | None
    compress_speed: float
    decompress_speed: float

    def as_json(self) -> dict[str, Any]:
        """For a results file."""
        return asdict(self)


def measure(pictures: NDArray[np.uint8], options: Options, *, runs: int, singles: int) -> Row:
    """Compress ``pictures`` ``[N, H, W]`` into one container on disk, read it back, decode, compare.

    The first ``singles`` pictures are also written as a file each. Raises FormatError where
    what was decoded is not what compression reported, or, lossless, not the pictures.
    """
    zoo = Zoo()
    batch: Sequence[NDArray[np.uint8]] = list(pictures)
    compress_all(batch[:2], options, zoo, many=True)  # loads the model
    seconds, encoded = _timed(runs, lambda: compress_all(batch, options, zoo, many=True))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "set.aec"
        path.write_bytes(encoded.data)
        back, decoded = _timed(runs, lambda: np.stack(list(Decoder(path.read_bytes(), zoo))))
    error = mse(decoded, pictures)
    if abs(error - encoded.mse) > 1e-12 or (options.lossless and error):
        raise FormatError(f"decoded with an MSE of {error}, promised {encoded.mse}")
    alone = [len(compress_all([each], options, zoo, many=False).data) for each in batch[:singles]]
    share = len(encoded.data) / len(pictures)
    return Row(
        name=_name(encoded, options),
        latent_dim=encoded.model.latent_dim if encoded.model and not encoded.model.ink else None,
        effort=encoded.effort,
        quality=None if options.lossless else BEST if options.quality is None else options.quality,
        pictures=len(pictures),
        runs=runs,
        container_bytes=share,
        payload_bytes=encoded.payload / len(pictures),
        single_file_bytes=statistics.fmean(alone) if alone else 0.0,
        singles=len(alone),
        bpp=8 * share / pictures[0].size,
        ratio=pictures[0].size / share,
        mse=error,
        psnr=psnr(error) if error else None,
        compress_speed=len(pictures) / seconds,
        decompress_speed=len(pictures) / back,
    )


def _name(encoded: Encoded, options: Options) -> str:
    if not options.lossless:
        return "lossy"
    if options.progressive:
        return "lossless, progressive"
    return "lossless" if encoded.model and encoded.model.ink else "lossless, baseline"


def _timed(runs: int, work: Callable[[], T]) -> tuple[float, T]:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return statistics.median(times), result
