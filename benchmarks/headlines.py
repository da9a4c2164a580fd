"""The README's few figures: three numbers, one table of eight rows, and what the picture of results shows.

And what the page on photographs says of the same results.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from table_parts import RESULTS, album, bulk, report, single

from aecodec.bench.curves import bd
from aecodec.bench.curves.album import HEADLINE, averaged, lossy_curves, rates
from aecodec.bench.curves.bd import bytes_at
from aecodec.bench.peers.ladders import FORMATS
from aecodec.bench.records.rows import AECODEC
from aecodec.bench.report import tables

AVIF, JPEG_XL, WEBP, PNG = "AVIF", "JPEG XL", "WebP", "PNG"
PEERS = (AVIF, JPEG_XL, WEBP, PNG)
OURS_QUICK, OURS_LOSSY = (f"{AECODEC} effort {effort}" for effort in (0, 3))
SLOWER = FORMATS["avif-slow"].codec
LEVEL_DB = 34.0  # where the table reads off the curves of photographs
EXACT = {  # the names in exact.json
    AECODEC: "aecodec lossless, effort 3",
    JPEG_XL: "JPEG XL lossless, effort 9",
    WEBP: "WebP lossless",
    PNG: "PNG",
}
EACH = {  # the names in icons.json
    AECODEC: "aecodec, a file each",
    JPEG_XL: "JPEG XL, effort 9, a file each",
    WEBP: "WebP, a file each",
    PNG: "PNG, a file each",
}
TOGETHER = "aecodec, one container"


@dataclass(frozen=True)
class Line:
    """One sort of pictures: its name, the unit, and the size that each codec needs; ``digits`` are shown."""

    pictures: str
    unit: str
    sizes: dict[str, float]
    digits: int = 2

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the table; a dash is what was not measured."""
        sizes = [self.sizes.get(codec) for codec in (AECODEC, *PEERS)]
        return self.pictures, self.unit, *("–" if size is None else f"{size:,.{self.digits}f}" for size in sizes)


def photographs() -> Line:
    """Return the bits a pixel of photographs at equal PSNR, read off the averaged curves."""
    curves = lossy_curves(album("kodak.json"))
    names = {AECODEC: OURS_LOSSY, AVIF: AVIF, WEBP: WEBP}
    sizes = {}
    for codec, curve in names.items():
        points = averaged(curves[curve])
        along = np.column_stack([points[:, 0], 10 ** (-points[:, 1] / 10)])
        (found,) = bytes_at(along, [10 ** (-LEVEL_DB / 10)])
        if found is not None:
            sizes[codec] = found
    return Line(f"photographs (Kodak), lossy, {LEVEL_DB:.0f} dB", "bits a pixel", sizes)


def _exact(name: str, pictures: str) -> Line:
    found: dict[str, Any] = json.loads((RESULTS / "exact.json").read_text(encoding="utf-8"))[name]
    sizes = {codec: found[way]["bits_a_sample"] for codec, way in EXACT.items() if way in found}
    return Line(f"{pictures}, exact", "bits a sample", sizes)


def _collection(name: str, pictures: str) -> Line:
    found: dict[str, float] = json.loads((RESULTS / "icons.json").read_text(encoding="utf-8"))[name]
    return Line(
        f"{pictures}, exact, a file each",
        "bytes a picture",
        {codec: found[way] for codec, way in EACH.items() if way in found},
        0,
    )


def emoji_together() -> Line:
    """Return the bytes of an emoji where all are in one container, which the others have no like of."""
    found: dict[str, float] = json.loads((RESULTS / "icons.json").read_text(encoding="utf-8"))["emoji64"]
    return Line("the same emoji, one container", "bytes a picture", {AECODEC: found[TOGETHER]}, 0)


def digits() -> Line:
    """Return the bytes of a digit of MNIST, all pictures in one file."""
    rows = {row.label: row for row in report("mnist.json").rows if row.lossless and row.forms}
    wanted = {AECODEC: f"{AECODEC} lossless", PNG: "PNG"}
    wanted |= {peer: f"{peer} lossless" for peer in (AVIF, JPEG_XL, WEBP)}
    sizes = {codec: bulk(rows[label]).bytes for codec, label in wanted.items() if label in rows}
    return Line("MNIST digits, exact, all in one file", "bytes a picture", sizes, 1)


def single_digit() -> float:
    """Return the bytes of a digit in a file of its own."""
    (row,) = (row for row in report("mnist.json").rows if row.label == f"{AECODEC} lossless")
    return single(row).bytes


def lines() -> list[Line]:
    """Return the rows of the README's table."""
    return [
        photographs(),
        _exact("kodak", "photographs (Kodak)"),
        _exact("crops256", "photographs of 256 × 256"),
        _exact("graphics", "drawings and plots"),
        _collection("emoji64", "emoji of 64 × 64"),
        emoji_together(),
        _collection("kmnist", "written glyphs of 28 × 28"),
        digits(),
    ]


def table() -> str:
    """Return the README's table, as Markdown."""
    head = ("pictures", "unit", AECODEC, *PEERS)
    return tables.Table(head, tuple(line.cells for line in lines())).markdown


def numbers() -> str:
    """Return the README's three numbers, as a list."""
    emoji, found = _collection("emoji64", "emoji"), digits()
    against = _against()
    (low, high), (speed, slow) = HEADLINE, (FORMATS[name].options["speed"] for name in ("avif", "avif-slow"))
    digit, others = found.sizes[AECODEC], f"{found.sizes[JPEG_XL]:.0f} with all digits in one picture"
    lines = [
        f"- **{_than(emoji, JPEG_XL)} JPEG XL** for emoji of 64 × 64 pixels that keep every pixel, a file each",
        f"  ({_than(emoji, PNG)} PNG). One file for all of them, a *container*, is smaller again.",
        f"- **{digit:.1f} bytes for an exact MNIST digit**, 28 × 28 pixels, in one container, {single_digit():.0f} in",
        f"  a file of its own. JPEG XL needs {others}, PNG {found.sizes[PNG]:.0f}.",
        f"- **{_worded(against[WEBP])} WebP and {_worded(against[AVIF])} AVIF** for photographs (Kodak) at",
        f"  equal error (PSNR {low:.0f} to {high:.0f} dB). That is AVIF at speed {speed}; at speed {slow} it is"
        f" {_much(against[SLOWER])} aecodec.",
    ]
    return "\n".join(lines) + "\n"


def compared() -> str:
    """Return how photographs compare with those of others, as the page on photographs says it."""
    against, (low, high) = _against(), HEADLINE
    speed, slow = (FORMATS[name].options["speed"] for name in ("avif", "avif-slow"))
    webp, avif = _worded(against[WEBP]), _worded(against[AVIF])
    lines = [
        f"For photographs (Kodak, PSNR {low:.0f} to {high:.0f} dB), aecodec's files take {webp} WebP's,",
        f"and {avif} AVIF's at speed {speed}, at equal PSNR. AVIF's at speed {slow}, which takes longer",
        f"to compress, are {_much(against[SLOWER])} aecodec's.",
    ]
    return "\n".join(lines) + "\n"


def quickest() -> str:
    """Return what the lowest effort gives and takes for photographs, as the page on photographs says it."""
    curves = lossy_curves(album("kodak.json"))
    quick, usual = curves[OURS_QUICK], curves[OURS_LOSSY]
    more = bd.compare(OURS_LOSSY, "single", averaged(quick), averaged(usual), *HEADLINE).percent
    times = median(row.compress_speed for row in quick) / median(row.compress_speed for row in usual)
    return f"Effort 0 is {times:.1f} times as fast as effort 3, and its files take {_worded(more)} effort 3's.\n"


def _against() -> dict[str, float]:
    """Return by how many percent files of photographs are larger than those of each peer, at equal PSNR."""
    found = rates(album("kodak.json"), *HEADLINE)
    return {rate.codec: rate.percent for name, rate in found if name == OURS_LOSSY and rate.percent is not None}


def _than(line: Line, peer: str) -> str:
    return _worded(100 * (line.sizes[AECODEC] / line.sizes[peer] - 1))


def _worded(percent: float) -> str:
    if round(percent) == 0:
        return "as many bytes as"
    return f"{abs(percent):.0f} % {'fewer' if percent < 0 else 'more'} bytes than"


def _much(percent: float) -> str:
    """Return how the other's size compares, given by how many ``percent`` aecodec is larger."""
    other = 100 * (1 / (1 + percent / 100) - 1)
    if round(other) == 0:
        return "as large as"
    return f"{abs(other):.0f} % {'smaller' if other < 0 else 'larger'} than"


def shown() -> dict[str, dict[str, float]]:
    """Return what the picture shows: for each sort of pictures, the size of each peer as a multiple of aecodec's."""
    return {
        line.pictures: {peer: line.sizes[peer] / line.sizes[AECODEC] for peer in PEERS if peer in line.sizes}
        for line in lines()
        if len(line.sizes) > 1
    }


def picture_end() -> str:
    """Return the last line of the picture's file, a fingerprint of what it shows: so a stale picture is found out."""
    text = json.dumps({name: {peer: round(size, 4) for peer, size in row.items()} for name, row in shown().items()})
    return f"<!-- shows {hashlib.sha256(text.encode()).hexdigest()[:16]} -->\n"


def span() -> tuple[float, float]:
    """Return the least and the greatest multiple that the picture shows."""
    found = [size for row in shown().values() for size in row.values()]
    return min(found, default=math.nan), max(found, default=math.nan)
