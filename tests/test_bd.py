"""Rates at equal distortion: against SciPy, and against what can be said without interpolating."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from aecodec.bench.curves.bd import METHOD, bd_rates, bytes_at, curves, frontier, model_errors
from aecodec.bench.records.rows import Form, Report, Row
from aecodec.bench.report.tables import bd_rates as bd_table
from aecodec.bench.report.tables import same_distortion

OURS = [(2.0, 0.02), (5.0, 0.009), (9.0, 0.004), (13.0, 0.002), (24.0, 0.001), (31.0, 0.0008)]


def form(size: float, mse: float) -> Form:
    decibels = float(-10 * np.log10(mse))
    return Form("made", 10, size, size / 98, mse, decibels, 0.9, 1.0, 1.0, 1, 10, 0, None, None)


def rows(codec: str, points: list[tuple[float, float]], factor: float = 1.0, **more: Any) -> list[Row]:
    forms = [form(factor * size, mse) for size, mse in points]
    return [Row(codec, f"{n}", False, single=each, bulk=each, **more) for n, each in enumerate(forms)]


def report(factor: float = 4.0, points: list[tuple[float, float]] | None = None) -> Report:
    ours = [
        Row("aecodec", f"{n}", False, bulk=form(*each), single=form(*each), latent_dim=n) for n, each in enumerate(OURS)
    ]
    return Report({"shape": [28, 28]}, (*ours, *rows("AVIF", points or OURS, factor)))


def test_a_fourth_of_the_bytes_is_minus_75_percent() -> None:
    found = bd_rates(report(4.0))
    assert [(each.codec, each.form, each.method) for each in found] == [
        ("AVIF", "single", METHOD),
        ("AVIF", "bulk", METHOD),
    ]
    assert all(each.percent == pytest.approx(-75.0) for each in found)
    assert (found[0].low, found[0].high) == pytest.approx((-10 * np.log10(0.02), -10 * np.log10(0.0008)))


def test_the_library_agrees_with_scipy() -> None:
    from scipy.integrate import quad
    from scipy.interpolate import Akima1DInterpolator

    theirs = [(20.0, 0.03), (31.0, 0.012), (47.0, 0.005), (60.0, 0.0031), (90.0, 0.0012)]
    found = bd_rates(report(1.0, theirs))[1]
    known = curves(report(1.0, theirs), "bulk")
    ours, peers = (
        Akima1DInterpolator(-10 * np.log10(known[codec][:, 1]), np.log10(known[codec][:, 0]))
        for codec in ("aecodec", "AVIF")
    )
    assert (found.low, found.high) == pytest.approx((-10 * np.log10(0.02), -10 * np.log10(0.0012)))
    mean = quad(lambda at: float(ours(at) - peers(at)), found.low, found.high, limit=200)[0] / (found.high - found.low)
    assert found.percent == pytest.approx(100 * (10**mean - 1), rel=1e-3)


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (OURS[:3], "a curve has 3 points"),
        ([(100.0, 0.0007), (110.0, 0.0006), (120.0, 0.0005), (130.0, 0.0004)], "share less than 1 dB"),
    ],
)
def test_no_rate_without_ground(points: list[tuple[float, float]], said: str) -> None:
    found = bd_rates(report(1.0, points))
    assert all(each.percent is None and said in each.reason for each in found)
    assert said in bd_table(report(1.0, points)).missing[0][1]


def test_bytes_at_known_points_and_outside() -> None:
    curve = np.array(OURS)
    assert bytes_at(curve, [0.004, 0.03, 0.0001]) == [pytest.approx(9.0), None, None]
    between = bytes_at(curve, [0.003])[0]
    assert between is not None and 9.0 < between < 13.0


def test_frontier_drops_what_is_beaten() -> None:
    points = np.array([(5.0, 0.01), (2.0, 0.02), (6.0, 0.01), (7.0, 0.03), (8.0, 0.001)])
    assert frontier(points).tolist() == [[2.0, 0.02], [5.0, 0.01], [8.0, 0.001]]


def test_table_at_the_models_distortions() -> None:
    assert model_errors(report().rows) == [mse for _, mse in OURS]
    table = same_distortion(report(4.0))
    ours, theirs = (dict(zip(table.head, line, strict=True)) for line in table.body)
    assert (ours["0.00400"], theirs["0.00400"]) == ("9.0", "36.0")
