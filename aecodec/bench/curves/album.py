"""The module compares aecodec and its peers at equal PSNR, over all pictures of an album and picture by picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from aecodec.arrays import Points
from aecodec.bench.curves import bd
from aecodec.bench.records.album import AlbumReport, AlbumRow
from aecodec.bench.records.rows import AECODEC

HEADLINE = (28.0, 38.0)  # dB: where photographs are kept


def lossy_curves(report: AlbumReport) -> Mapping[str, list[AlbumRow]]:
    """Return the measured lossy rows of each curve, those with a PSNR, in their order; aecodec's first."""
    found: dict[str, list[AlbumRow]] = {}
    for row in sorted(report.rows, key=lambda row: row.codec != AECODEC):
        if not row.lossless and row.shots and row.psnr is not None:
            found.setdefault(row.curve, []).append(row)
    return found


def averaged(rows: list[AlbumRow]) -> Points:
    """Return mean bits a pixel and mean PSNR of the rows that no other beats in both, rising, float64 ``[n, 2]``."""
    return bd.rising(np.array([(row.bpp, row.psnr) for row in rows], np.float64))


def rates(report: AlbumReport, low: float, high: float) -> Iterator[tuple[str, bd.BdRate]]:
    """Yield what each curve of aecodec takes more than each peer, on averaged curves, from ``low`` to ``high`` dB."""
    known = {name: averaged(rows) for name, rows in lossy_curves(report).items()}
    for name, ours in known.items():
        if name.startswith(AECODEC):
            for peer, theirs in known.items():
                if not peer.startswith(AECODEC):
                    yield name, bd.compare(peer, "single", ours, theirs, low, high)


def rates_by_picture(report: AlbumReport, low: float, high: float) -> Mapping[str, Mapping[str, bd.BdRate]]:
    """Return the same by picture and peer, against aecodec's last curve, of the highest effort; empty without one."""
    known = lossy_curves(report)
    own = [name for name in known if name.startswith(AECODEC)]
    if not own:
        return {}
    best = max(own, key=lambda name: known[name][0].effort or 0)
    peers = [name for name in known if not name.startswith(AECODEC)]
    found: dict[str, dict[str, bd.BdRate]] = {}
    for number, shot in enumerate(known[best][0].shots):
        ours = _of_one(known[best], number)
        found[shot.name] = {
            peer: bd.compare(peer, "single", ours, _of_one(known[peer], number), low, high) for peer in peers
        }
    return found


def _of_one(rows: list[AlbumRow], number: int) -> Points:
    points = [(row.shots[number].bpp, row.shots[number].psnr) for row in rows]
    return bd.rising(np.array([point for point in points if point[1] is not None], np.float64).reshape(-1, 2))
