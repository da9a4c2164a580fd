"""The module compares the rates of two codecs at equal distortion: BD-rate, and bytes at given distortions.

Bjøntegaard's measure (VCEG-M33, 2001): the logarithm of bytes is interpolated over PSNR, and the difference of two such
curves averaged over the range where both lie. Curves are interpolated as Akima (1970) does, which overshoots little;
nothing is extrapolated. The library is ``bjontegaard`` (Herglotz et al. 2024).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aecodec.arrays import Floats64, Points
from aecodec.bench.records.rows import AECODEC, Form, Report, Row
from aecodec.codec.distortion import psnr
from aecodec.errors import UsageError

METHOD = "akima"
FEWEST = 4  # points of a curve
NARROWEST = 1.0  # dB, of a range worth an average
FORMS = ("single", "bulk")


@dataclass(frozen=True)
class BdRate:
    """Aecodec takes so much more, in percent, than ``codec`` in the same form, from ``low`` to ``high`` dB of PSNR.

    ``percent`` is None where ``reason`` says why.
    """

    codec: str
    form: str
    percent: float | None
    low: float = math.nan
    high: float = math.nan
    reason: str = ""
    method: str = METHOD


def curves(report: Report, form: str) -> Mapping[str, Points]:
    """Return the frontier of each lossy codec's points (bytes a picture, MSE) in ``form`` (``single`` or ``bulk``)."""
    found: dict[str, list[Form]] = {}
    for row in report.rows:
        measured: Form | None = getattr(row, form)
        if not row.lossless and measured is not None and measured.mse > 0:
            found.setdefault(row.codec, []).append(measured)
    points = {codec: np.array([(each.bytes, each.mse) for each in forms]) for codec, forms in found.items()}
    return {codec: frontier(each) for codec, each in points.items()}


def frontier(points: Points) -> Points:
    """Return those points that no other beats in both: the staircase hull, which has no point that was not measured."""
    kept: list[Floats64] = []
    for point in points[np.lexsort((points[:, 1], points[:, 0]))]:
        if not kept or point[1] < kept[-1][1]:
            kept.append(point)
    return np.array(kept)


def bd_rates(report: Report) -> list[BdRate]:
    """Compare aecodec with each lossy peer in both forms. Raises UsageError if bjontegaard is missing."""
    found = []
    for form in FORMS:
        known = curves(report, form)
        if AECODEC in known:
            found += [_bd_rate(codec, form, known[AECODEC], each) for codec, each in known.items() if codec != AECODEC]
    return found


def _bd_rate(codec: str, form: str, ours: Points, theirs: Points) -> BdRate:
    return compare(codec, form, np.column_stack(_axes(ours)), np.column_stack(_axes(theirs)))


def rising(points: Points) -> Points:
    """Return those of ``points`` (rate, PSNR) that no other beats in both, by rising rate."""
    if not len(points):
        return points
    kept = frontier(points * (1, -1))
    return kept * (1, -1)


def compare(
    codec: str, form: str, ours: Points, theirs: Points, lowest: float = -math.inf, highest: float = math.inf
) -> BdRate:
    """Return what ``ours`` takes more than ``theirs``, of ``codec``, at equal PSNR from ``lowest`` to ``highest``.

    Both are rates above 0 and PSNR, rising in both. Only the range that both reach counts, and the result states it.
    Raises UsageError if bjontegaard is missing.
    """
    try:
        from bjontegaard import bd_rate
    except ModuleNotFoundError as error:
        raise UsageError(f'{error.name} is missing; BD-rates need: pip install "aecodec[bench]"') from error
    if min(len(ours), len(theirs)) < FEWEST:
        return BdRate(codec, form, None, reason=f"a curve has {min(len(ours), len(theirs))} points; needs {FEWEST}")
    (rate, quality), (anchor_rate, anchor_quality) = ours.T, theirs.T
    low, high = max(quality[0], anchor_quality[0]), min(quality[-1], anchor_quality[-1])
    whole = lowest <= low and high <= highest
    low, high = max(low, lowest), min(high, highest)
    if high - low < NARROWEST:
        return BdRate(codec, form, None, reason=f"the curves share less than {NARROWEST:g} dB")
    if not whole:
        return BdRate(codec, form, _within(rate, quality, anchor_rate, anchor_quality, low, high), low, high)
    found = bd_rate(
        anchor_rate, anchor_quality, rate, quality, method=METHOD, require_matching_points=False, min_overlap=0
    )
    return BdRate(codec, form, float(found), low, high)


def _within(
    rate: Floats64, quality: Floats64, anchor_rate: Floats64, anchor_quality: Floats64, low: float, high: float
) -> float:
    """Measure the same over a part of the range, which the library does not offer, in percent."""
    from scipy.interpolate import Akima1DInterpolator

    areas = [
        float(Akima1DInterpolator(along, np.log(values)).integrate(low, high))
        for along, values in ((quality, rate), (anchor_quality, anchor_rate))
    ]
    return 100 * math.expm1((areas[0] - areas[1]) / (high - low))


def bytes_at(curve: Points, errors: Sequence[float]) -> list[float | None]:
    """Return the bytes a picture at each of these MSEs, interpolated as above; None outside of the curve.

    ``curve`` is bytes a picture, rising, and MSE on 0..1, falling.
    """
    from scipy.interpolate import Akima1DInterpolator

    if len(curve) < FEWEST:
        return [None] * len(errors)
    rate, quality = _axes(curve)
    along = Akima1DInterpolator(quality, np.log(rate))
    wanted = [psnr(error) for error in errors]
    return [float(np.exp(along(at))) if quality[0] <= at <= quality[-1] else None for at in wanted]


def model_errors(rows: Iterable[Row]) -> list[float]:
    """Return the MSEs of aecodec's lossy models at their best, falling."""
    best: dict[str, float] = {}
    for row in rows:
        if row.codec == AECODEC and not row.lossless and row.bulk is not None:
            name = row.way
            best[name] = min(best.get(name, math.inf), row.bulk.mse)
    return sorted(best.values(), reverse=True)


def _axes(curve: Points) -> tuple[Floats64, Floats64]:
    """Return the bytes, and PSNR in dB, both rising."""
    return curve[:, 0], np.array([psnr(error) for error in curve[:, 1]])
