"""Ways of keeping pictures that do what a benchmark must notice; they travel to other processes, so they live here."""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aecodec.arrays import Pictures
from aecodec.bench.measure.way import Kept


@dataclass(frozen=True)
class Raw:
    """Samples as they are, all in one file; ``wrong`` pictures lose a sample on the way back."""

    name: str = "stream"
    wrong: int = 0
    promised: float | None = None

    def compress(self, pictures: Pictures) -> Kept:
        errors = None if self.promised is None else [self.promised] * len(pictures)
        return Kept([pictures.tobytes()], errors, pictures.nbytes)

    def decompress(self, files: Sequence[bytes], shape: tuple[int, ...]) -> Pictures:
        pictures = np.frombuffer(files[0], np.uint8).reshape(shape).copy()
        pictures[: self.wrong, 0, 0] ^= 1
        return pictures


@dataclass(frozen=True)
class Fickle(Raw):
    """Decodes to other pixels in every process."""

    def decompress(self, files: Sequence[bytes], shape: tuple[int, ...]) -> Pictures:
        pictures = super().decompress(files, shape)
        pictures.reshape(-1)[:4] = np.frombuffer(os.getpid().to_bytes(4, "big"), np.uint8)
        return pictures


@dataclass(frozen=True)
class Dying(Raw):
    """Ends its process."""

    def compress(self, pictures: Pictures) -> Kept:
        os._exit(3)


class OddError(Exception):
    """Of no kind that anybody expects."""


@dataclass(frozen=True)
class Odd(Raw):
    """Fails as a foreign library may."""

    def compress(self, pictures: Pictures) -> Kept:
        raise OddError("out of order")


@dataclass(frozen=True)
class Greedy(Raw):
    """Holds 200 MiB while it compresses."""

    def compress(self, pictures: Pictures) -> Kept:
        held = np.ones(200 << 20, np.uint8)
        kept = super().compress(pictures)
        del held
        return kept


@dataclass(frozen=True)
class Coarse:
    """A picture a file, each sample to a multiple of ``step``; deflated."""

    step: int
    name: str = "single files"

    def compress(self, pictures: Pictures) -> Kept:
        return Kept([zlib.compress((each // self.step).tobytes()) for each in pictures])

    def decompress(self, files: Sequence[bytes], shape: tuple[int, ...]) -> Pictures:
        samples = np.frombuffer(b"".join(map(zlib.decompress, files)), np.uint8)
        return (samples * self.step).astype(np.uint8).reshape(shape)
