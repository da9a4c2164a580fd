"""Figures that are drawn from a report: what is on each."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("matplotlib")
pytest.importorskip("sklearn")

from matplotlib.axes import Axes

from aecodec.bench.curves.hull import along, lower_hull
from aecodec.bench.figures import Material, effort, growth, latent_dim, make, qualities, rate_distortion
from aecodec.bench.records.costs import Growth, read_growth
from aecodec.bench.records.rows import Report, Row
from aecodec.errors import UsageError
from tests.checks import check_error
from tests.figures.reading import texts
from tests.made_report import EXACT, OWN, PEERS, form, made_efforts, made_growth, made_qualities, made_report


def curve(axes: Axes, label: str) -> NDArray[np.float64]:
    """The points ``[n, 2]`` of a line."""
    (line,) = [line for line in axes.lines if line.get_label() == label]
    return np.asarray(line.get_xydata())


def test_rate_distortion_shows_every_codec(report: Report) -> None:
    figure = rate_distortion.make(Material((report,)))[0]
    written = texts(figure)
    assert set(PEERS) < set(written) and {str(dim) for dim in OWN} < set(written)
    for codec, setting in EXACT:
        assert f"{codec} {setting}".rstrip() in written
    assert {"aecodec lossless", "aecodec lossless, progressive", "aecodec lossless, latent_dim 784"} < set(written)
    assert not any("JPEG-LS" in text for text in written)  # was not measured
    upper, lower = figure.axes[:2], figure.axes[2:]
    for axes, number in zip(upper, (1, 0), strict=True):
        points = curve(axes, "aecodec, by latent_dim")
        expected = [(each[number], each[2]) for each in OWN.values()]
        np.testing.assert_allclose(points, expected)
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
        assert all(len(curve(axes, codec)) == 5 for codec in PEERS)
    for axes in lower:
        assert "bytes a picture" in axes.get_xlabel()
        assert len(axes.lines) == len(EXACT) + 3
        assert axes.get_xlim() == upper[0].get_xlim()
    assert "MSE" in upper[0].get_ylabel()
    assert {"single files (1,000 pictures)", "one file for all (10,000 pictures)"} < set(written)


def test_rate_distortion_lines_leave_out_beaten_points(report: Report) -> None:
    known = [row for row in report.rows if row.codec == "JPEG"][2]
    assert known.bulk is not None
    beaten = replace(known, setting="odd", bulk=replace(known.bulk, mse=2 * known.bulk.mse))
    axes = rate_distortion.draw(rate_distortion.gather(Report(report.about, (*report.rows, beaten)))).axes[1]
    assert len(curve(axes, "JPEG")) == 5
    alone = [line for line in axes.lines if line.get_linestyle() == "None" and line.get_alpha() == 0.4]
    shown = np.concatenate([np.column_stack(line.get_data()) for line in alone])
    np.testing.assert_allclose(shown, [(beaten.bulk.bytes, beaten.bulk.mse)] if beaten.bulk else [])


def test_rate_distortion_lines_differ_in_grey_too(report: Report) -> None:
    axes = rate_distortion.draw(rate_distortion.gather(report)).axes[0]
    lines = [line for line in axes.lines if line.get_label() in PEERS]
    for one, other in combinations(lines, 2):
        assert one.get_color() != other.get_color()
        assert one.get_marker() != other.get_marker()


def test_rate_distortion_of_partial_reports(report: Report) -> None:
    alone = Report(report.about, tuple(replace(row, single=None) for row in report.rows if not row.lossless))
    figure = rate_distortion.draw(rate_distortion.gather(alone))
    assert len(figure.axes) == 1 and figure.axes[0].get_title(loc="left").startswith("one file for all")
    lossless = Report(report.about, tuple(row for row in report.rows if row.lossless))
    for useless in (Report({}, ()), lossless):
        assert "no lossy rows" in check_error(UsageError, lambda r=useless: rate_distortion.gather(r))


def test_rate_distortion_says_what_came_back_wrong() -> None:
    wrong = replace(form("mosaic", 100.0, 0), bugs=3)
    rows = (*made_report().rows, Row("HEIF", "", True, None, wrong))
    written = texts(rate_distortion.draw(rate_distortion.gather(Report({}, rows))))
    assert {text for text in written if "HEIF" in text} == {"HEIF (3 came back wrong)"}


def test_latent_dim(report: Report) -> None:
    figure = latent_dim.make(Material((report,)))[0]
    by_size, by_ratio, by_error = figure.axes
    bulk, single, errors = (np.array([each[n] for each in OWN.values()]) for n in (0, 1, 2))
    for axes in figure.axes:
        assert axes.get_xlabel() == "latent_dim" and axes.get_xscale() == "log"
        assert [text.get_text() for text in axes.get_xticklabels()] == [str(dim) for dim in OWN]
    np.testing.assert_allclose(curve(by_size, "one file for all")[:, 1], bulk)
    np.testing.assert_allclose(curve(by_size, "single files")[:, 1], single)
    np.testing.assert_allclose(curve(by_ratio, "one file for all")[:, 1], 784 / bulk)
    np.testing.assert_allclose(by_error.lines[0].get_ydata(), errors)
    assert "784 raw bytes" in by_ratio.get_ylabel() and "bytes" in by_size.get_ylabel()
    assert 28.8 in np.asarray(curve(by_size, "lossless, one file for all"))[:, 1]
    check_error(UsageError, lambda: latent_dim.gather(made_report({8: OWN[8]})))


def test_effort() -> None:
    figure = effort.make(Material((made_report(), made_efforts())))[0]  # the first has but one effort
    by_size, by_error, by_speed = figure.axes
    assert [line.get_label() for line in by_size.lines] == ["latent_dim 64", "lossless"]
    assert len(by_error.lines) == 1 and len(by_speed.lines) == 4
    np.testing.assert_allclose(curve(by_size, "lossless")[:, 0], range(6))
    assert all(axes.get_xlabel() == "effort" for axes in figure.axes)
    assert {"compress", "decompress", "lossless", "latent_dim 64"} < set(texts(figure))
    check_error(UsageError, lambda: effort.gather(made_report()))


def test_qualities() -> None:
    figure = qualities.make(Material((made_report(), made_qualities())))[0]
    (axes,) = figure.axes
    assert [line.get_label() for line in axes.lines] == ["hull", *map(str, OWN)]
    assert all(len(line.get_xydata()) == 7 for line in axes.lines[1:])
    assert len({line.get_color() for line in axes.lines}) == len({line.get_marker() for line in axes.lines}) == 8
    every = np.concatenate([line.get_xydata() for line in axes.lines[1:]])
    sizes_there, errors = axes.lines[0].get_data()
    below = np.interp(every[:, 0], sizes_there, errors)
    assert (every[:, 1] >= below - 1e-12).all()
    check_error(UsageError, lambda: qualities.gather(made_report()))


def test_hull() -> None:
    points = np.array([[1, 9], [2, 5], [2, 7], [3, 4.5], [4, 1], [5, 3], [6, 0.9]], float)
    hull = lower_hull(points)
    np.testing.assert_array_equal(hull, [[1, 9], [2, 5], [4, 1], [6, 0.9]])
    np.testing.assert_array_equal(lower_hull(points[:1]), points[:1])
    x, y = along(hull, 9)
    assert {1.0, 2.0, 4.0, 6.0} <= set(x) and (np.diff(y) < 0).all()


def test_growth(tmp_path: Path) -> None:
    made = made_growth()
    by_size, seconds, peaks = growth.make(Material(growth=made))[0].axes
    assert {line.get_label() for line in by_size.lines} == {"latent_dim 32", "lossless"}
    rows = [row for row in made.rows if row.way == "lossless"]
    expected = [(row.pictures, row.bytes / row.pictures) for row in rows]
    np.testing.assert_allclose(curve(by_size, "lossless"), expected)
    assert len(seconds.lines) == len(peaks.lines) == 4
    assert "MiB" in peaks.get_ylabel() and seconds.get_ylabel() == "seconds"
    assert [text.get_text() for text in peaks.get_xticklabels()] == ["1", "10", "100", "1k", "10k", "70k"]
    path = tmp_path / "growth.json"
    path.write_text(json.dumps({"about": dict(made.about), "rows": [vars(row) for row in made.rows]}))
    assert read_growth(path) == made
    for text in ("", "[]", '{"about": {}}', '{"about": {}, "rows": [{"way": "x"}]}'):
        path.write_text(text)
        assert "growth.json" in check_error(UsageError, lambda: read_growth(path))
    for lacking in (Material(), Material(growth=Growth({}, ()))):
        assert "--growth" in check_error(UsageError, lambda m=lacking: make("growth", m))
