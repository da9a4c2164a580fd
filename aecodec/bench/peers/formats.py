"""Picture formats through Pillow: their settings, their ladders, and the two forms of each."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image, features

from aecodec.bench.peers import mosaic
from aecodec.bench.way import SINGLE, Kept, Pictures
from aecodec.errors import UnsupportedError

EXTRA = 'not installed: pip install "aecodec[bench]"'
MOSAIC = "mosaic"
JPEG_XL = "JPEG XL"


@dataclass(frozen=True)
class Format:
    """A picture format: its name in Pillow, the longest side of a picture, and what every file is saved with.

    ``tries`` are further options of which each file takes those that make it shortest; ``lossless`` are those of
    exact files, None where there are none; ``ladder`` are the qualities of lossy ones, as the format counts them.
    """

    codec: str
    pillow: str
    side: int
    options: Mapping[str, Any] = field(default_factory=dict)
    tries: Sequence[Mapping[str, Any]] = ({},)
    lossless: Mapping[str, Any] | None = None
    ladder: Sequence[int] = ()
    quality: str = "quality"

    def at(self, step: int) -> dict[str, Any]:
        """Options of one rung of the ladder."""
        if self.quality == "dB":
            return {"quality_mode": "dB", "quality_layers": [step], "irreversible": True}
        return {"quality": step}


# Every encoder works in one thread. Cells of a mosaic stand edge to edge. On 1,600 MNIST training pictures cells of 32
# pixels, which blocks of 8 and 16 divide, took more bytes: JPEG 3 to 4 % at 1 % less MSE, WebP 2 % at 3 to 4 % less,
# AVIF 2 % at 3 % more, JPEG XL 4 to 13 % at about the same. AVIF tuned for PSNR, at speed 3: 56.8 bytes at an MSE of
# 0.00106; tuned at speed 6: 71.5 at 0.00069; as it comes: 73.8 at 0.00057. JPEG XL at effort 9: 51.9 at 0.0100; at 7:
# 57.8 at 0.0097. Better ways are known since, and are yet to come here: see benchmarks/protocol.md.
FORMATS = (
    Format("PNG", "PNG", 65_535, {"optimize": True}, lossless={}),
    Format(
        "JPEG", "JPEG", 65_500, {"optimize": True}, ({"progressive": False}, {"progressive": True}),
        ladder=(2, 4, 7, 12, 20, 35, 55, 75, 88),
    ),
    Format(
        "JPEG 2000", "JPEG2000", 65_535, {"no_jp2": True}, ({"num_resolutions": 3}, {"num_resolutions": 6}),
        lossless={"irreversible": False}, ladder=(17, 19, 21, 23, 25, 28, 31, 34), quality="dB",
    ),
    Format(
        "WebP", "WEBP", 16_383, {"method": 6},
        lossless={"lossless": True, "quality": 100, "exact": True}, ladder=(0, 2, 5, 10, 20, 30, 45),
    ),
    Format(
        "AVIF", "AVIF", 65_535, {"max_threads": 1, "autotiling": False, "speed": 3, "advanced": {"tune": "psnr"}},
        lossless={"quality": 100}, ladder=(0, 2, 4, 7, 11, 16, 22),
    ),
    Format(
        JPEG_XL, "JXL", 65_535, {"effort": 9, "use_container": False, "num_threads": 1},
        lossless={"lossless": True}, ladder=(1, 4, 8, 14, 22, 32, 44, 56),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class PictureFiles:
    """Files of one format at one setting: a picture each, or as mosaics."""

    format: Format
    options: Mapping[str, Any]
    name: str = SINGLE

    def compress(self, pictures: Pictures) -> Kept:
        """See :class:`aecodec.bench.way.Way`."""
        each = mosaic.join(pictures, self.format.side) if self.name == MOSAIC else pictures
        return Kept([self._encode(picture) for picture in each])

    def decompress(self, files: Sequence[bytes], shape: tuple[int, ...]) -> Pictures:
        """See :class:`aecodec.bench.way.Way`."""
        self._load()
        mode = "RGB" if len(shape) == 4 else "L"
        Image.MAX_IMAGE_PIXELS = None  # these are our own files
        found = [np.asarray(Image.open(io.BytesIO(each)).convert(mode)) for each in files]
        return mosaic.split(found, shape, self.format.side) if self.name == MOSAIC else np.stack(found)

    def _load(self) -> None:
        if self.format.codec == JPEG_XL:
            import pillow_jxl  # noqa: F401 - teaches Pillow the format

    def _grey(self) -> dict[str, str]:
        return {"subsampling": "4:0:0"} if self.format.codec == "AVIF" else {}

    def _encode(self, picture: Pictures) -> bytes:
        self._load()
        grey = self._grey() if picture.ndim == 2 else {}
        if picture.ndim == 3 and self.format.codec == "AVIF" and self.options == self.format.lossless:
            raise UnsupportedError("Pillow's AVIF is exact for grey pictures only: it has no RGB without a transform")
        resolutions = min(picture.shape[:2]).bit_length()
        shortest = b""
        for more in self.format.tries:
            if more.get("num_resolutions", 0) > resolutions:
                continue
            out = io.BytesIO()
            Image.fromarray(picture).save(
                out, self.format.pillow, **self.format.options, **self.options, **grey, **more
            )
            if not shortest or len(out.getvalue()) < len(shortest):
                shortest = out.getvalue()
        return shortest


def missing(form: Format) -> str | None:
    """Why a format cannot be measured here."""
    if form.codec == JPEG_XL:
        try:
            import pillow_jxl  # noqa: F401 - teaches Pillow the format
        except ModuleNotFoundError:
            return EXTRA
    needs = {"JPEG 2000": "jpg_2000", "WebP": "webp", "AVIF": "avif"}.get(form.codec)
    return None if needs is None or features.check(needs) else f"this Pillow has no {form.codec}"
