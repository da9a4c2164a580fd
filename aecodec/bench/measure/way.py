"""The benchmark asks this of a codec: pictures to files and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aecodec.arrays import Pictures

SINGLE = "single files"  # the name of the form of a file each


@dataclass(frozen=True)
class Kept:
    """It has the contents of ``files``: a picture each, or fewer that hold them all.

    ``errors`` are the pictures' mean squared errors as the encoder promises them, samples in 0..1, or None if it
    promises none. ``payload``: bytes of ``files`` that are range coded, or None if that means nothing.
    """

    files: list[bytes]
    errors: Sequence[float] | None = None
    payload: int | None = None


class Way(Protocol):
    """A way keeps pictures in files. It travels to other processes, so it can be pickled."""

    @property
    def name(self) -> str:
        """Return the name of the form: ``single files``, ``container``, ``mosaic``, ``stream`` ..."""

    def compress(self, pictures: Pictures) -> Kept:
        """Keep pictures uint8 ``[N, H, W]`` or ``[N, H, W, 3]``."""

    def decompress(self, files: Sequence[bytes], shape: tuple[int, ...]) -> Pictures:
        """Decode the pictures of ``files``; their ``shape`` is known to the reader and not counted."""
