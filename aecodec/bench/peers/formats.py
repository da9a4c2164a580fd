"""These are picture formats, and the settings that each is measured at.

Every encoder works in one thread. On 2,000 MNIST training pictures, all in one file, bytes a picture and MSE:

- AVIF as a sequence of frames of 10 by 10 pictures, quality 11, tuned for PSNR: 35.4 at 0.00258; of 4 by 4 or 20 by 20
  35.6 and 36.4 at about the same. At speed 6 in place of 3: 36.2 at 0.00370. All in one frame: 49.9 at 0.00156.
- AVIF without loss: one frame 228.4, the sequence 313.1.
- JPEG with one step for all frequencies: 63.2 at 0.00454, 89.3 at 0.00240; its own tables: 70.9 at 0.00457.
- JPEG 2000 without a wavelet ("1 resolution"): 57.3 at 0.00161, exact 273.4; with 3 resolutions: 100.2 at 0.00116,
  exact 368.9, but 16.8 at 0.0193, where the other takes 39.5 at 0.0133.
- JPEG XL: exact at effort 10 112.3, at 9 153.4; lossy at effort 9 77.8 at 0.00183, and the same at 10.
- PNG by oxipng at level 6: 156.2, with zopfli 156.4; all pictures in one column: 152.0.

Cells of a mosaic stand edge to edge: on 1,600 of them cells of 32 pixels, which blocks of 8 and 16 divide, took more
bytes (JPEG 3 to 4 % at 1 % less MSE, WebP 2 % at 3 to 4 % less, AVIF 2 % at 3 % more, JPEG XL 4 to 13 % at the same).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from PIL import features

EXTRA = 'not installed: pip install "aecodec[bench]"'
JPEG_XL = "JPEG XL"


@dataclass(frozen=True)
class Rung:
    """A rung is one setting of a format. Each file takes that of ``choices`` (Pillow's options) that is shortest.

    ``quality`` is the format's own, where it is set by one.
    """

    setting: str
    choices: Sequence[Mapping[str, Any]] = ({},)
    quality: float | None = None


@dataclass(frozen=True)
class Format:
    """A picture format has its name in Pillow, the longest side of a picture, and what every file is saved with.

    ``ladder``: its lossy settings, roughly from coarse to fine; ``exact``: its exact one. ``columns``: of
    pictures in a mosaic; None: as many as rows. ``frame``: the side in pixels of a sequence's frames, where lossy files
    that hold many pictures are smaller so than as one large picture.
    ``finish`` makes files smaller that are complete. ``module`` and ``feature`` (of Pillow) are what it needs.
    ``alpha``: whether its pictures can have any. ``slow``: it is measured only where it is named.
    """

    codec: str
    pillow: str
    side: int
    options: Mapping[str, Any] = field(default_factory=dict)
    ladder: Sequence[Rung] = ()
    exact: Rung | None = None
    columns: int | None = None
    frame: int | None = None
    finish: Callable[[bytes], bytes] | None = None
    module: str | None = None
    feature: str | None = None
    alpha: bool = True
    slow: bool = False

    @property
    def missing(self) -> str | None:
        """Return why it cannot be measured here."""
        if self.module is not None:
            try:
                import_module(self.module)  # which may teach Pillow the format
            except ModuleNotFoundError:
                return EXTRA
        return None if self.feature is None or features.check(self.feature) else f"this Pillow has no {self.codec}"


def by_quality(steps: Iterable[int]) -> list[Rung]:
    """Return a rung at each of the format's own qualities."""
    return [Rung(f"quality {step}", [{"quality": step}], step) for step in steps]


def _by_table(steps: Iterable[int]) -> list[Rung]:
    """Return one step of quantization for all frequencies, which is what a mean of squares asks for."""
    both = [{"progressive": False}, {"progressive": True}]
    return [Rung(f"flat table {step}", [{"qtables": [[step] * 64], **each} for each in both]) for step in steps]


def _by_decibels(resolutions: int, steps: Iterable[int]) -> list[Rung]:
    name = "1 resolution" if resolutions == 1 else f"{resolutions} resolutions"
    common = {"num_resolutions": resolutions, "irreversible": True, "quality_mode": "dB"}
    return [Rung(f"{name}, {step} dB", [{**common, "quality_layers": [step]}]) for step in steps]


def oxipng(file: bytes) -> bytes:
    """Write a PNG file in fewer bytes; the library is imported by who calls it."""
    library: Any = import_module("oxipng")
    found: bytes = library.optimize_from_memory(file, level=6, strip=library.StripChunks.all())
    return found


FORMATS = (
    Format("PNG", "PNG", (1 << 31) - 1, exact=Rung(""), columns=1, finish=oxipng, module="oxipng"),
    Format("JPEG", "JPEG", 65_500, {"optimize": True}, _by_table((255, 200, 150, 110, 80, 55, 40, 30))),
    Format(
        "JPEG 2000", "JPEG2000", 65_535, {"no_jp2": True},
        [*_by_decibels(3, (17, 19, 21, 25, 29)), *_by_decibels(1, (15, 17, 19, 21, 23, 26))],
        Rung("lossless", [{"num_resolutions": each, "irreversible": False} for each in (1, 3, 6)]), feature="jpg_2000",
    ),
    Format(
        "WebP", "WEBP", 16_383, {"method": 6}, by_quality((0, 2, 5, 10, 20, 30, 45)),
        Rung("lossless", [{"lossless": True, "quality": 100, "exact": True}]), feature="webp",
    ),
    Format(
        "AVIF", "AVIF", 65_535, {"max_threads": 1, "autotiling": False, "speed": 3, "advanced": {"tune": "psnr"}},
        by_quality((0, 2, 5, 9, 14, 20, 30)), Rung("lossless", [{"quality": 100}]), frame=280, feature="avif",
    ),
    Format(
        JPEG_XL, "JXL", 65_535, {"use_container": False, "num_threads": 1, "effort": 9},
        by_quality((0, 6, 14, 20, 22, 30, 44, 60)), Rung("lossless", [{"lossless": True, "effort": 10}]),
        module="pillow_jxl",
    ),
)  # fmt: skip
