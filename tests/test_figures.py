"""Figures: what is on each, that it is drawn the same twice, and the command that makes them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner, Result
from numpy.typing import NDArray

pytest.importorskip("matplotlib")
pytest.importorskip("sklearn")

from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from aecodec.bench.curves.hull import along, lower_hull
from aecodec.bench.figures import (
    FIGURES,
    Material,
    bits,
    effort,
    growth,
    labels,
    latent_dim,
    make,
    manifold,
    qualities,
    rate_distortion,
    reconstructions,
    scatter,
    sizes,
    style,
)
from aecodec.bench.figures.embedding import apart, medians, neighbours, principal
from aecodec.bench.figures.samples import Samples, read_symbols
from aecodec.bench.figures.saving import DPI, rendered, save, svg
from aecodec.bench.measure.information import find_scans, ink_bits, latent_bits, residual_bits, scan_bits, size_bits
from aecodec.bench.records.costs import Growth, read_growth
from aecodec.bench.records.rows import Report, Row
from aecodec.cli import app
from aecodec.codec import Options, compress_all
from aecodec.coders import Block, Frame, encode_exact
from aecodec.coders.by_tiles import TileEncoder
from aecodec.coders.tiles import BY_NETWORK, RESIDUAL
from aecodec.container import Shape
from aecodec.data import Collection
from aecodec.errors import FileError, ModelError, UsageError
from aecodec.zoo import Model, Zoo
from tests.checks import check_error, run_python
from tests.conftest import data_dir
from tests.made import made_model
from tests.made_report import (
    EXACT,
    OWN,
    PEERS,
    form,
    made_album,
    made_efforts,
    made_growth,
    made_qualities,
    made_report,
)

NAMES = tuple(f"{digit} - word" for digit in range(10))
FEW = 24  # pictures
SMALL = {8: OWN[8], 64: OWN[64]}
Line = Callable[..., Result]


def texts(figure: Figure) -> list[str]:
    """All that is written on it."""
    figure.draw_without_rendering()
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def curve(axes: Axes, label: str) -> NDArray[np.float64]:
    """The points ``[n, 2]`` of a line."""
    (line,) = [line for line in axes.lines if line.get_label() == label]
    return np.asarray(line.get_xydata())


@pytest.fixture(scope="module")
def collection(digits: NDArray[np.uint8]) -> Collection:
    """A few digits; labels as if they were 0 to 3 in turn."""
    return Collection("mnist", "test", digits[:FEW], np.arange(FEW) % 4, NAMES)


@pytest.fixture(scope="module")
def samples(collection: Collection) -> Samples:
    return Samples(collection, Zoo(), latent_dims=(8, 32), effort=0)


@pytest.fixture(scope="module")
def report() -> Report:
    return made_report()


# --- from a report ----------------------------------------------------------------------------


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


# --- from models and pictures -----------------------------------------------------------------


def test_what_is_shown_went_through_a_container(samples: Samples, collection: Collection) -> None:
    way = samples.lossy[1]
    packed = samples.packed(way, FEW)
    model = samples.model(way)
    symbols = samples.symbols(way, FEW)
    assert symbols.shape == (FEW, model.tiles.networks.prior.latents) and symbols.dtype == np.int8
    np.testing.assert_array_equal(model.tiles.networks.synthesise(symbols), packed.decoded)
    assert packed.share == len(packed.data) / FEW and 0 < packed.mse < 0.05
    assert samples.packed(way, FEW) is packed
    exact = samples.packed(samples.lossless, FEW)
    np.testing.assert_array_equal(exact.decoded, collection.pictures)
    assert exact.mse == 0
    assert "exact" in check_error(UsageError, lambda: read_symbols(exact.data, samples.zoo))
    np.testing.assert_array_equal(samples.one_of_each, range(4))


def test_a_limit_is_the_most_and_never_asks_for_more(collection: Collection) -> None:
    limited = Samples(collection, Zoo(), latent_dims=(8,), effort=0, limit=9)
    assert [limited.count(usual) for usual in (5, 9, 20)] == [5, 9, 9]
    free = Samples(collection, Zoo(), latent_dims=(8,), effort=0)
    assert [free.count(usual) for usual in (5, 10**6)] == [5, len(collection)]


def test_symbols_of_coloured_pictures_of_another_size(digits: NDArray[np.uint8]) -> None:
    zoo = Zoo()
    wide = np.stack([np.concatenate([digits[k], digits[k + 1]], axis=1) for k in range(0, 8, 2)])
    coloured = np.stack([wide, wide[:, ::-1], wide], axis=-1)
    coloured[2] = wide[2, ..., None]  # a grey one among them
    options = Options(latent_dim=8, effort=0, quality=60)
    found = read_symbols(compress_all(list(coloured), options, zoo, many=True).data, zoo)
    grey = read_symbols(compress_all(list(wide), options, zoo, many=True).data, zoo)
    latents = grey.shape[1]
    assert found.shape == (4, 3 * latents)
    np.testing.assert_array_equal(found[:, :latents], grey)
    np.testing.assert_array_equal(found[2], np.tile(grey[2], 3))


def test_reconstructions(samples: Samples, collection: Collection) -> None:
    data = reconstructions.gather(samples)
    assert [line.name for line in data.lines] == ["original", "latent_dim 8", "latent_dim 32", "lossless"]
    np.testing.assert_array_equal(data.lines[0].pictures, collection.pictures[:4])
    np.testing.assert_array_equal(data.lines[-1].pictures, collection.pictures[:4])
    assert "exact" in data.lines[-1].note and "MSE 0.0" in data.lines[1].note and "bytes" in data.lines[1].note
    figure = reconstructions.draw(data)
    (axes,) = figure.axes
    assert len(axes.images) == 4 * 4
    np.testing.assert_array_equal(axes.images[0].get_array(), 255 - collection.pictures[0])  # dark on white
    assert sum("bytes" in text for text in texts(figure)) == 4


def test_reconstructions_have_room_for_what_is_said(digits: NDArray[np.uint8]) -> None:
    line = reconstructions.Line("latent_dim 784", "32.2 bytes, MSE 0.000796", digits[:10])
    figure = reconstructions.draw(reconstructions.Data("made", (line,) * 9))
    figure.draw_without_rendering()
    assert all(text.get_window_extent().x0 >= 0 for text in figure.axes[0].texts)


def test_scatter(samples: Samples) -> None:
    figures = scatter.make(Material(samples=samples))
    assert [figure.get_label() for figure in figures] == labels("scatter") == ["scatter_pca", "scatter_tsne"]
    for figure in figures:
        panels = figure.axes[:2]
        for axes, way in zip(panels, samples.lossy, strict=True):
            assert axes.get_title(loc="left").startswith(way.label)
            assert [len(dots.get_offsets()) for dots in axes.collections] == [FEW // 4] * 4
            assert {text.get_text() for text in axes.texts} == {"0", "1", "2", "3"}
            colours = {to_hex(dots.get_facecolor()[0]) for dots in axes.collections}
            assert len(colours) == 4
    assert "% of variance" in figures[0].axes[0].get_title(loc="left")


def test_scatter_without_labels_of_one_model(collection: Collection) -> None:
    bare = Samples(replace(collection, labels=None, label_names=()), Zoo(), latent_dims=(8,), effort=0, limit=9)
    figure = scatter.make(Material(samples=bare))[0]
    assert figure.get_label() == "scatter_pca_8"
    (axes,) = figure.axes
    assert [len(dots.get_offsets()) for dots in axes.collections] == [9]
    assert not axes.texts and not figure.legends


def test_embedding() -> None:
    rng = np.random.default_rng(1)
    symbols = rng.integers(-3, 4, (40, 6)).astype(np.int8)
    symbols[:, 0] *= 30
    points, explained = principal(symbols)
    assert points.shape == (40, 2) and explained[0] > 0.9 > explained[1]
    assert abs(np.corrcoef(points[:, 0], symbols[:, 0])[0, 1]) > 0.99
    np.testing.assert_array_equal(neighbours(symbols), neighbours(symbols))
    check_error(UsageError, lambda: principal(symbols[:3]))
    check_error(UsageError, lambda: neighbours(symbols[:, :1]))
    places = medians(np.array([[0, 0], [1, 0], [9, 9], [5, 5.0]]), np.array([7, 7, 7, 8]))
    np.testing.assert_array_equal(places, [[1, 0], [5, 5]])
    moved = apart(np.array([[0, 0], [0.1, 0], [5, 5.0]]), 1.0)
    assert np.hypot(*(moved[0] - moved[1])) >= 1 - 1e-9
    np.testing.assert_array_equal(moved[2], [5, 5])


def test_neighbours_are_found_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_info

    threads: list[int] = []

    def fit(_: TSNE, symbols: NDArray[np.float32]) -> NDArray[np.float32]:
        threads.extend(pool["num_threads"] for pool in threadpool_info())
        return symbols[:, :2]

    monkeypatch.setattr(TSNE, "fit_transform", fit)
    neighbours(np.ones((9, 3), np.int8))
    assert threads and max(threads) == 1


def test_manifold(samples: Samples) -> None:
    data = manifold.gather(samples)
    assert "latent_dim 32" in data.title and len(data.pictures) == FEW
    assert len({tuple(cell) for cell in data.cells}) == FEW
    sheet = manifold.mosaic(data)
    row, column = data.cells[5]
    shown = sheet[row * 28 : (row + 1) * 28, column * 28 : (column + 1) * 28]
    darkest = np.unravel_index(data.pictures[5].argmax(), (28, 28))
    colour = np.array(to_rgb(style.LABELS[5 % 4])) * 255
    assert np.abs(shown[darkest] - colour).max() < 30
    (axes,) = manifold.draw(data).axes
    np.testing.assert_array_equal(axes.images[0].get_array(), sheet)
    grid = np.stack(np.meshgrid(np.arange(4.0), np.arange(4.0)), -1).reshape(-1, 2)
    cells = manifold.snap(grid)
    assert (np.argsort(cells[:, 1], kind="stable") == np.argsort(grid[:, 0], kind="stable")).all()


def test_sizes(samples: Samples) -> None:
    small = Samples(samples.collection, Zoo(), latent_dims=(8, 32), effort=0, limit=6)
    data = sizes.gather(small)
    assert list(data.sizes) == ["latent_dim 8", "latent_dim 32", "lossless"]
    assert all(found.shape == (6,) and found.min() > 12 for found in data.sizes.values())
    first = compress_all([small.collection.pictures[0]], small.lossy[0].options, small.zoo, many=False)
    assert data.sizes["latent_dim 8"][0] == len(first.data)
    figure = sizes.draw(data)
    assert [float(axes.lines[0].get_xdata()[0]) for axes in figure.axes] == [s.mean() for s in data.sizes.values()]
    assert len(figure.axes) == 3 and "bytes of a file" in figure.axes[-1].get_xlabel()
    for axes, (way, found) in zip(figure.axes, data.sizes.items(), strict=True):
        assert sum(bar.get_height() for bar in axes.patches) == pytest.approx(1)
        assert axes.texts[0].get_text().startswith(f"{way}: mean {found.mean():.1f}")


def test_bits(samples: Samples) -> None:
    small = Samples(samples.collection, Zoo(), latent_dims=(8,), effort=0, limit=5)
    data = bits.gather(small)
    figure = bits.draw(data)
    assert data.mean.shape == (28, 28) and data.count == 5
    shown = [axes for axes in figure.axes if axes.images]
    assert len(shown) == 4 + sum(found is not None for found in data.ink) + 4 + 1
    numbers = [axes.get_title() for axes in figure.axes]
    for place in range(4):
        assert f"{data.residual[place].sum() + data.beside[1][place]:,.0f} bits" in numbers
    assert "bits a pixel" in texts(figure)
    without = replace(data, ink=())
    assert len([axes for axes in bits.draw(without).axes if axes.images]) == 4 + 4 + 1


def test_bits_of_other_pictures(collection: Collection) -> None:
    tall = replace(collection, pictures=np.tile(collection.pictures, (1, 2, 1)))
    samples = Samples(tall, Zoo(), latent_dims=(8,), effort=0)
    assert "figure bits: pictures of (56, 28)" in check_error(
        UsageError, lambda: make("bits", Material(samples=samples))
    )


# --- information ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exact() -> Model:
    return Zoo().by_id("mnist-exact")


@pytest.fixture(scope="module")
def baseline() -> Model:
    return Zoo().by_latent_dim(784)


def test_residual_bits_are_those_of_a_block(baseline: Model, digits: NDArray[np.uint8]) -> None:
    tiles = digits[:40]
    block = Block(Frame([Shape(28, 28)] * len(tiles)), list(tiles))
    ((method, body),) = encode_exact([block], TileEncoder(baseline, 0, alone=False))
    found = residual_bits(baseline, tiles)
    assert method == RESIDUAL.method and found.shape == tiles.shape and found.dtype == np.float64 and found.min() > 0
    assert abs(found.sum() / 8 + latent_bits(baseline, tiles).sum() / 8 - len(body)) < 4


def test_ink_bits_are_those_of_a_block(exact: Model, digits: NDArray[np.uint8]) -> None:
    if data_dir() is None:
        pytest.skip("made pictures have no scans; for MNIST's, name its folder in AECODEC_DATA_DIR")
    tiles = digits[:32]
    scans = find_scans(tiles, 1)
    known = np.array([scan is not None for scan in scans])
    tiles, scans = tiles[known], [scan for scan in scans if scan is not None]
    assert len(tiles) > 24
    block = Block(Frame([Shape(28, 28)] * len(tiles)), list(tiles))
    ((method, body),) = encode_exact([block], TileEncoder(exact, 1, alone=False))
    found = ink_bits(exact, tiles, 1)
    assert method == BY_NETWORK.method and all(each is not None for each in found)
    assert [each.shape for each in found] == [scan.bits.shape for scan in scans]
    assert abs(sum(each.sum() for each in found) / 8 + size_bits(exact, scans).sum() / 8 - len(body)) < 4


def test_pictures_without_scan_have_no_ink(exact: Model, baseline: Model) -> None:
    noise = np.random.default_rng(2).integers(0, 256, (2, 28, 28)).astype(np.uint8)
    assert ink_bits(exact, noise, 0) == [None, None] == scan_bits(exact, [None, None])
    assert (size_bits(exact, [None, None]) > 0).all()
    check_error(ModelError, lambda: ink_bits(baseline, noise))
    check_error(ModelError, lambda: residual_bits(Zoo().by_latent_dim(8), noise))


# --- style and files --------------------------------------------------------------------------


def test_colours_are_distinct() -> None:
    for palette in (style.LABELS, (*style.PEERS, style.OURS)):
        for one, other in combinations(palette, 2):
            assert np.abs(np.subtract(to_rgb(one), to_rgb(other))).sum() > 0.2, (one, other)
        for colour in palette:  # readable on white
            assert np.dot(to_rgb(colour), (0.2126, 0.7152, 0.0722)) < 0.72, colour
    assert len(style.MARKERS) == len(set(style.MARKERS)) >= len(style.LABELS)
    looks = style.lines(24, style.PEERS)
    assert len({(look["color"], look["marker"]) for look in looks}) == 24


def test_settings_do_not_leak(report: Report) -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    rendered(latent_dim.draw(latent_dim.gather(report)), "svg")
    assert dict(matplotlib.rcParams) == before


def every_figure(samples: Samples) -> Iterator[Figure]:
    reports = (made_report(SMALL), made_efforts(), made_qualities((8, 64)))
    given = Material(reports, made_growth(), samples, (made_album(),))
    for name in FIGURES:
        yield from make(name, given)


def test_same_bytes_twice(samples: Samples) -> None:
    few = Samples(samples.collection, Zoo(), latent_dims=(8,), effort=0, limit=8)
    ids: list[str] = []
    for one, other in zip(every_figure(few), every_figure(few), strict=True):
        text = svg(one)
        assert text == svg(other), one.get_label()
        if one.get_label() in ("bits", "effort"):
            assert all(rendered(one, kind) == rendered(other, kind) for kind in ("svg", "png", "pdf"))
        root = ElementTree.fromstring(text)
        assert root.tag.endswith("svg") and text.startswith("<svg")
        found = re.findall(r'\sid="([^"]+)"', text)
        assert all(each.startswith(f"{one.get_label()}-") for each in found)
        for target in re.findall(r'(?:href="#|url\(#)([^")]+)', text):
            assert target in found, target
        ids += set(found)
        assert f'<style type="text/css">#{one.get_label()}-svg *{{' in text
        assert "<metadata" not in text and "<dc:date" not in text
    assert len(ids) == len(set(ids))  # in one page all are apart


def test_save(tmp_path: Path, report: Report) -> None:
    figure = latent_dim.draw(latent_dim.gather(report))
    paths = save(figure, tmp_path, "a", ("svg", "png", "pdf"))
    assert [path.name for path in paths] == ["a.svg", "a.png", "a.pdf"]
    ElementTree.parse(paths[0])
    with Image.open(paths[1]) as picture:
        assert picture.size == tuple(round(side * DPI) for side in figure.get_size_inches())
        assert picture.mode == "P" and round(picture.info["dpi"][0]) == DPI
    assert paths[1].stat().st_size < 150_000
    assert paths[2].read_bytes().startswith(b"%PDF") and b"CreationDate" not in paths[2].read_bytes()
    check_error(UsageError, lambda: save(figure, tmp_path, "a"))
    save(figure, tmp_path, "a", force=True)
    check_error(UsageError, lambda: save(figure, tmp_path, "b", ("gif",)))
    check_error(FileError, lambda: save(figure, tmp_path / "none", "a"))


def test_drawing_needs_no_pyplot_and_listing_no_matplotlib() -> None:
    listed = run_python(
        "import sys, aecodec.bench.figures, aecodec.cli.commands.visualize; print('matplotlib' in sys.modules)"
    )
    assert listed.split() == ["False"]
    drawn = run_python(
        "import sys; from tests.made_report import made_report; from aecodec.bench.figures import Material, make;"
        "make('latent_dim', Material((made_report(),))); print('matplotlib.pyplot' in sys.modules)"
    )
    assert drawn.split() == ["False"]


# --- the command ------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    """Run ``aecodec visualize`` in an empty folder that holds a report, r.json."""
    monkeypatch.chdir(tmp_path)
    Path("r.json").write_text(made_report().json)

    def run_line(line: str) -> Result:
        return CliRunner().invoke(app, ["visualize", *line.split()])

    return run_line


def fails(result: Result, code: int, *words: str) -> None:
    """One line on standard error, this exit code."""
    assert result.exit_code == code, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("aecodec: error: ")
    for word in words:
        assert word in line


def test_command_lists(run: Line) -> None:
    result = run("--list")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == list(FIGURES)
    records = [json.loads(line) for line in run("--list --json").stdout.splitlines()]
    assert {record["figure"]: record["needs"] for record in records}["growth"] == "growth"
    assert not Path("figures").exists()


def test_command_makes_what_is_named(run: Line) -> None:
    result = run("latent_dim rate_distortion --report r.json --json")
    assert result.exit_code == 0, result.output
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["figure"] for record in records] == ["latent_dim"] * 2 + ["rate_distortion"] * 2
    for record in records:
        assert Path(record["file"]).stat().st_size == record["bytes"]
    assert {path.name for path in Path("figures").iterdir()} == {
        f"{name}.{form}" for name in ("latent_dim", "rate_distortion") for form in ("svg", "png")
    }


def test_command_overwrites_only_with_force(run: Line) -> None:
    line = "latent_dim --report r.json -o out --format svg"
    assert run(line).exit_code == 0
    made = Path("out/latent_dim.svg").read_bytes()
    Path("out/latent_dim.svg").write_text("mine")
    fails(run(line), 2, "latent_dim.svg exists", "-f")
    fails(run("--report r.json -o out --format svg"), 2, "latent_dim.svg exists")  # before any work
    assert Path("out/latent_dim.svg").read_text() == "mine"
    assert run(line + " -f").exit_code == 0
    assert Path("out/latent_dim.svg").read_bytes() == made
    assert len(list(Path("out").iterdir())) == 1


def test_command_says_what_is_missing(run: Line) -> None:
    fails(run("rate_distortion"), 2, "rate_distortion", "--report")
    fails(run("effort --report r.json"), 2, "effort", "two or more efforts")
    fails(run("growth"), 2, "--growth")
    fails(run("nothing"), 2, "'nothing'", "rate_distortion")
    fails(run("latent_dim --report none.json"), 7, "cannot read none.json")
    fails(run("--report r.json --growth r.json"), 2, "r.json holds no records of growth")
    fails(run("latent_dim --report r.json --format svg,gif"), 2, "svg, png, pdf")
    fails(run("sizes --latent-dims 8,x"), 2, "--latent-dims")
    fails(run("sizes --data-dir none"), 2, "none")
    fails(run("-q"), 2, "--list")
    assert not Path("figures").exists()


def test_command_makes_all_it_can(run: Line) -> None:
    result = run("all --report r.json --format svg --data-dir none")
    assert result.exit_code == 0, result.output
    assert {path.stem for path in Path("figures").iterdir()} == {"rate_distortion", "latent_dim"}
    left_out = re.findall(r"aecodec: (\w+) is left out: ", result.stderr)
    assert left_out == [name for name in FIGURES if name not in ("rate_distortion", "latent_dim")]


def test_command_shows_pictures_of_one_model(
    run: Line, monkeypatch: pytest.MonkeyPatch, collection: Collection
) -> None:
    monkeypatch.setattr("aecodec.data.load", lambda *_, **__: collection)
    line = "scatter reconstructions --latent-dims 8 --limit 8 --effort 0 --format svg"
    result = run(line)
    assert result.exit_code == 0, result.output
    assert {path.name for path in Path("figures").iterdir()} == {
        "scatter_pca_8.svg", "scatter_tsne_8.svg", "reconstructions.svg"
    }  # fmt: skip
    fails(run(line), 2, "scatter_pca_8.svg exists")
    fails(run("scatter --latent-dims 9 -o other"), 5, "latent_dim 9")
    Path("m").mkdir()
    Path("m/made-6.safetensors").write_bytes(made_model("made-6"))
    result = run("manifold --model made-6 --model-path m --limit 5 --effort 0 --format png")
    assert result.exit_code == 0, result.output
    assert Path("figures/manifold.png").is_file()
