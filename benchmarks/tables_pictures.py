"""The tables of photographs, exact files and collections, as Markdown, from ``results``."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from table_parts import RESULTS, album, image

from aecodec.bench.peers.ladders import FORMATS
from aecodec.bench.records.rows import AECODEC
from aecodec.bench.report import album_tables, tables

_OTHERS = {
    "crops256": "pieces of photographs from the web of 256 × 256, that had been JPEG files",
    "cbsd68": "pictures of the Berkeley segmentation data set, of 481 × 321",
}


def photographs() -> str:
    """Return the block about photographs: aecodec's rows, and how they compare."""
    found = album("kodak.json")
    own = replace(found, rows=tuple(row for row in found.rows if row.codec == AECODEC))
    bugs, pictures = sum(row.bugs for row in found.rows), len(own.rows[0].shots)
    lines = [
        f"The {pictures} Kodak pictures, a file each, on one core ({found.about['processor']}). None of them was seen",
        "in training. *In* is compressing, *out* decompressing. MP is a million pixels. A *bug* is a picture that came",
        f"back other than promised; all codecs together had {bugs}. [The page on Kodak](kodak.md) has every codec.",
        "",
        album_tables.means(own).markdown,
        "BD-rate is the mean difference of bytes at equal PSNR. Negative means that aecodec is smaller. AVIF ran at",
        f"speed {FORMATS['avif'].options['speed']}, unless another is named.",
        "",
        album_tables.bd_rates(found).markdown,
        image("kodak", "Bits a pixel against PSNR, averaged over the Kodak pictures, all codecs"),
        *(line for name, said in _OTHERS.items() for line in _other(name, said)),
    ]
    return "\n".join(lines) + "\n"


def _other(name: str, said: str) -> list[str]:
    """Return the BD-rates on another set of photographs."""
    found = album(f"{name}.json")
    pictures = len(found.rows[0].shots)
    return ["", f"On [{name}]({name}.md), {pictures} {said}:", "", album_tables.bd_rates(found).markdown.rstrip("\n")]


def exact() -> str:
    """Return the block about exact files of pictures of any size."""
    found = json.loads((RESULTS / "exact.json").read_text(encoding="utf-8"))
    codecs = sorted(
        {codec for figures in found.values() for codec in figures}, key=lambda each: (AECODEC not in each, each)
    )
    lines = [
        "| bits a sample | " + " | ".join(f"{name}, {_pictures(figures)}" for name, figures in found.items()) + " |",
        "|:---" + "|---:" * len(found) + "|",
    ]
    for codec in codecs:
        cells = [f"{figures[codec]['bits_a_sample']:.3f}" if codec in figures else "-" for figures in found.values()]
        lines.append(f"| {codec} | {' | '.join(cells)} |")
    bugs = sum(figure["bugs"] for figures in found.values() for figure in figures.values())
    return "\n".join(
        [
            "Whole files, over all samples of a set; a dash means not measured. Every file was read back by another",
            f"process, and {bugs} pictures came back other than they were.",
            "",
            *lines,
            "",
        ]
    )


def _pictures(figures: dict[str, Any]) -> int:
    return int(next(iter(figures.values()))["pictures"])


def collections() -> str:
    """Return the bytes a picture of collections of small pictures."""
    found: dict[str, dict[str, float]] = json.loads((RESULTS / "icons.json").read_text())
    ways = list(dict.fromkeys(way for entry in found.values() for way in entry if way != "pictures"))
    head = ("bytes a picture", *(f"{name}, {int(entry['pictures'])}" for name, entry in found.items()))
    cells = [(way, *(f"{entry[way]:,.1f}" if way in entry else "-" for entry in found.values())) for way in ways]
    return "\n" + tables.Table(head, tuple(cells)).markdown + "\n"
