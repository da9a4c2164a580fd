"""Figures that are drawn from models and pictures: what is on each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("matplotlib")
pytest.importorskip("sklearn")

from matplotlib.colors import to_hex, to_rgb

from aecodec.bench.figures import Material, bits, labels, make, manifold, reconstructions, scatter, sizes, style
from aecodec.bench.figures.embedding import apart, medians, neighbours, principal
from aecodec.bench.figures.samples import Samples, read_symbols
from aecodec.codec import Options, compress_all
from aecodec.data import Collection
from aecodec.errors import UsageError
from aecodec.zoo import Zoo
from tests.checks import check_error
from tests.figures.conftest import FEW
from tests.figures.reading import texts


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
