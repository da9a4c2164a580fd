"""The figures that say most, in one table: ratios, which machines can be compared in."""

from __future__ import annotations

from collections.abc import Mapping

from . import bulk, photograph, start
from .part import Found, table

_NONE = "–"
_TITLES = tuple(dict.fromkeys(case.title for case in bulk.CASES))


def summary(found: Mapping[str, Found]) -> list[str]:
    """Return a table of the parts that are measured; a dash is not measured yet."""
    rows = [
        *_processes(found.get("start")),
        *_bulk(found.get("bulk")),
        *_photograph(found.get("photograph")),
    ]
    return table(("", "measured", "in"), rows, 1)


def _processes(found: Found | None) -> list[tuple[str, str, str]]:
    ratios = {} if found is None else {row["command"]: f"{row['ratio']:.2f}" for row in found["rows"]}
    lossy, back, exact, exact_back, *_ = (ratios.get(command, _NONE) for command in start.COMMANDS)
    unit = f'times `python -c "{start.FLOOR}"`'
    return [
        ("decompress one lossy digit, whole process", back, unit),
        ("decompress one exact digit", exact_back, unit),
        ("compress one digit / `--lossless`", f"{lossy} / {exact}", unit),
    ]


def _bulk(found: Found | None) -> list[tuple[str, str, str]]:
    rows: dict[tuple[str, str], bulk.Row] = {}
    for row in [] if found is None else [bulk.Row(**each) for each in found["rows"]]:
        rows.setdefault((row.title, row.way), row)  # the case of the most pictures comes first

    def speed(title: str, way: str) -> str:
        row = rows.get((title, way))
        return _NONE if row is None else f"{row.speed:,.0f} ({row.during_fixed:,.1f})"

    def share(title: str, way: str) -> str:
        row = rows.get((title, way))
        return _NONE if row is None or row.share is None else f"{100 * row.share:.0f} %"

    (exact, searched, lossy, slow), (there, back) = _TITLES, (bulk.COMPRESS, bulk.DECOMPRESS)
    unit = "pictures a second a core (during one GEMM)"
    return [
        ("exact bulk decoding, effort 0 / 3", f"{speed(exact, back)} / {speed(searched, back)}", unit),
        ("its products with weights, effort 3", share(searched, back), "share of the time"),
        ("exact bulk encoding, effort 0", speed(exact, there), unit),
        ("lossy bulk, effort 0, compress / decompress", f"{speed(lossy, there)} / {speed(lossy, back)}", unit),
        ("its products with weights", f"{share(lossy, there)} / {share(lossy, back)}", "share of the time"),
        ("lossy bulk, default effort, compress", speed(slow, there), unit),
    ]


def _photograph(found: Found | None) -> list[tuple[str, str, str]]:
    rows: dict[tuple[str, bool], photograph.Row] = {}
    for row in [] if found is None else [photograph.Row.read(each) for each in found["rows"]]:
        if row.jobs == 1 and row.missing is None:  # of each codec's rows of a kind the first is its default
            rows.setdefault((row.codec, row.psnr is None), row)

    def ratio(codec: str, exact: bool, way: str) -> str:
        ours, theirs = (getattr(rows.get((name, exact)), way, None) for name in ("aecodec", codec))
        return f"{ours.cpu / theirs.cpu:.1f}" if ours and theirs and theirs.cpu else _NONE

    return [
        (
            f"one photograph, {options}: compress / decompress",
            " / ".join(ratio(codec, exact, way) for way in (bulk.COMPRESS, bulk.DECOMPRESS)),
            f"times {codec}, one core",
        )
        for options, codec, exact in (("quality 60", "AVIF", False), ("lossless", "JPEG XL", True))
    ]
