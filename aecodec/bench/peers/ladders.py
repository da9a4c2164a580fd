"""These are picture formats for photographs, and the settings that each is measured at.

Every encoder works in one thread. Ladders are wide enough for 28 to 38 dB of PSNR on photographs; they are the ones of
the published anchors that this project compares itself with. None was chosen to make aecodec look better: JPEG is
4:2:0 as is usual, which on photographs is also the smaller at equal PSNR up to 38 dB; AVIF is tuned for PSNR, which
Pillow's default is not; JPEG XL has no such setting, for it is made for eyes.
"""

from __future__ import annotations

from collections.abc import Mapping

from aecodec.bench.peers.formats import JPEG_XL, Format, Rung, by_quality, oxipng

_AVIF = {"max_threads": 1, "autotiling": False, "subsampling": "4:4:4", "advanced": {"tune": "psnr"}}
FORMATS: Mapping[str, Format] = {
    "avif": Format(
        "AVIF", "AVIF", 65_535, {**_AVIF, "speed": 6}, by_quality((5, 15, 30, 45, 60, 78)), feature="avif",
    ),
    "webp": Format(
        "WebP", "WEBP", 16_383, {"method": 6}, by_quality((2, 10, 30, 50, 70, 85, 95)),
        Rung("lossless", [{"lossless": True, "quality": 100, "exact": True}]), feature="webp",
    ),
    "jpeg": Format(
        "JPEG", "JPEG", 65_500, {"optimize": True, "progressive": True, "subsampling": "4:2:0"},
        by_quality((10, 20, 35, 50, 65, 80, 90, 95)), alpha=False,
    ),
    "jxl": Format(
        JPEG_XL, "JXL", 65_535, {"use_container": False, "num_threads": 1, "effort": 7},
        by_quality((3, 12, 25, 40, 55, 70, 80, 88, 93)),
        Rung("lossless, effort 9", [{"lossless": True, "effort": 9}]), module="pillow_jxl",
    ),
    "png": Format("PNG", "PNG", (1 << 31) - 1, exact=Rung(""), finish=oxipng, module="oxipng"),
    "avif-slow": Format(
        "AVIF, speed 2", "AVIF", 65_535, {**_AVIF, "speed": 2}, by_quality((5, 15, 30, 45, 60, 78)), feature="avif",
        slow=True,
    ),
}  # fmt: skip
