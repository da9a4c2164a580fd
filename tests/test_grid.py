"""Grids of latents: exact sums, strips and tiles without seams, one result for any number of threads, and a search."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import aecodec
from aecodec.codec import Decoder, Options, compress_all, mse
from aecodec.codec.choose import knows
from aecodec.codec.encoded import Encoded
from aecodec.container import parse
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import LimitError, UsageError
from aecodec.exact.sheet_operations import SHEET_OPERATIONS, SheetValue
from aecodec.exact.sheets import Sheet, Sum, gathered, spread
from aecodec.grid import GridModel, grid_size, refined
from aecodec.grid.adaptive_filter import NO_FILTER
from aecodec.grid.costs import Costs
from aecodec.grid.gains import GAIN_MAX, Gains, dequantized, quantized, steps_of
from aecodec.grid.lapped import Lapped
from aecodec.grid.model import groups, tiles
from aecodec.grid.search import lmbda_of
from aecodec.grid.synthesis_gradient import SynthesisGradient
from aecodec.grid.transforms import padded
from aecodec.kinds import Rate, Size
from aecodec.zoo import Model, Zoo, load_model
from tests.checks import check_error, check_same, run_python
from tests.made import made_grid_model, made_grid_tensors, made_model, strokes

Reals = NDArray[np.float32] | NDArray[np.float64]


_FILTERED = {"lapped": True, "filtered": True}
KINDS: list[dict[str, bool]] = [{}, {"lapped": True}, _FILTERED, _FILTERED | {"dependent": True}]


@pytest.fixture(scope="module", params=KINDS, ids=["blocks", "lapped", "filtered", "dependent"])
def networks(request: pytest.FixtureRequest) -> GridModel:
    return GridModel(*made_grid_tensors(**request.param))


@pytest.fixture(scope="module", params=KINDS, ids=["blocks", "lapped", "filtered", "dependent"])
def model(request: pytest.FixtureRequest) -> Model:
    return load_model(made_grid_model(**request.param))


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    """A folder with a general model and one of tiles of 28 x 28, before those that are shipped."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "any.safetensors").write_bytes(made_grid_model("any"))
    (folder / "made-64.safetensors").write_bytes(made_model("made-64", latents=8, tile=(28, 28)))
    return Zoo([folder])


def picture(height: int = 50, width: int = 70, channels: int = 3, seed: int = 3) -> NDArray[np.uint8]:
    """Waves with some noise, ``[H, W, C]``."""
    rng = np.random.default_rng(seed)
    y, x = np.arange(height)[:, None, None] / 9, np.arange(width)[None, :, None] / 13
    waves = 128 + 90 * np.sin(y + x) * np.cos(x - y / 2) + np.arange(channels) * 12
    return np.clip(waves + rng.normal(0, 5, (height, width, channels)), 0, 255).astype(np.uint8)


class TestSheets:
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_like_a_plain_convolution(self, dtype: type[Any]) -> None:
        rng = np.random.default_rng(1)
        grids = rng.integers(-90, 91, (3, 5, 7, 4))
        weight = rng.integers(-90, 91, (3, 3, 4, 6))
        taps = [(r - 1, c - 1, weight[r, c].astype(dtype)) for r in range(3) for c in range(3)]
        layer = Sum([taps], np.full(6, 0.5, dtype), -9000, 9000, dtype)
        found = layer([Sheet.of(grids, dtype)], dtype)
        wide = np.pad(grids, ((0, 0), (1, 1), (1, 1), (0, 0)))
        expected = sum(wide[:, r : r + 5, c : c + 7] @ weight[r, c] for r in range(3) for c in range(3))
        np.testing.assert_array_equal(found.inner, np.clip(expected, -9000, 9000))
        assert not found.framed[:, 0].any() and not found.framed[:, :, -1].any()

    @pytest.mark.parametrize("size", [(4, 6), (5, 7), (1, 1)])
    def test_steps_between_resolutions(self, size: tuple[int, int]) -> None:
        grids = np.random.default_rng(2).integers(-9, 10, (2, *size, 3))
        coarse = gathered(Sheet.of(grids, np.float32), 2)
        high, wide = -(-size[0] // 2), -(-size[1] // 2)
        filled = np.zeros((2, 2 * high, 2 * wide, 3), int)
        filled[:, : size[0], : size[1]] = grids
        for n, y, x, row, column, c in np.ndindex(2, high, wide, 2, 2, 3):
            assert coarse.inner[n, y, x, (row * 2 + column) * 3 + c] == filled[n, 2 * y + row, 2 * x + column, c]
        np.testing.assert_array_equal(spread(coarse, 2).inner, filled)
        np.testing.assert_array_equal(spread(coarse, 2, size).inner, grids)

    @pytest.mark.parametrize("op", ["down", "up"])
    def test_gradients_of_steps_go_the_way_back(self, op: str) -> None:
        """What a step moves, weighted by any gradients, is the value weighted by what they go back to."""
        rng = np.random.default_rng(3)
        step = SHEET_OPERATIONS[op].build({}, "net", {"op": op, "by": 2}, SheetValue(8, -9, 9))
        before = Sheet.of(rng.integers(-9, 10, (2, 5, 3, 8)), np.float32)
        after = step(before, 0, map)
        assert after.rows.shape[1] == step.after.channels and after.width == math.ceil(3 * step.after.scale)
        gradient = Sheet.of(rng.integers(-9, 10, after.inner.shape), np.float32)
        back = step.backward()(gradient, before, after, map)
        assert back.inner.shape == before.inner.shape
        assert (after.inner * gradient.inner).sum() == (before.inner * back.inner).sum()

    def test_threads_and_chunks_change_nothing(self, networks: GridModel, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = padded(picture(200, 90))
        latents = networks.analysis(whole, map)
        pixels = networks.synthesis(latents, 40, map)
        monkeypatch.setattr(
            "aecodec.exact.sheets.chunks", lambda a, b: [slice(n, min(n + 7, b)) for n in range(a, b, 7)]
        )
        with ThreadPoolExecutor(4) as pool:
            check_same(networks.analysis(whole, pool.map), latents)
            check_same(networks.synthesis(latents, 40, pool.map), pixels)


class TestGains:
    def test_steps_are_the_powers_rounded_down(self) -> None:
        gains = np.arange(-GAIN_MAX, GAIN_MAX + 1)
        steps = steps_of(gains)
        for gain, step in zip(gains.tolist(), steps.tolist(), strict=True):
            assert step**96 <= 1 << (15 * 96 - gain) < (step + 1) ** 96

    def test_between_anchors(self) -> None:
        gains = Gains(np.arange(0, 1100, 100, dtype=np.int16)[:, None] // 2)
        assert [int(gains.at(q)[0]) for q in (0, 10, 13, 95, 100)] == [0, 50, 65, 475, 500]

    def test_the_nearest_symbol(self) -> None:
        rng = np.random.default_rng(1)
        values, means = rng.integers(-20000, 20001, (2, 500, 3))
        steps = np.array([130, 2048, 9000])
        symbols = quantized(values, means, steps, 32767)
        away = np.abs(dequantized(means, 2 * symbols, steps) - values)
        for other in (symbols - 1, symbols + 1):
            assert (away <= np.abs(dequantized(means, 2 * other, steps) - values) + 1).all()


class TestTransforms:
    def test_strips_leave_no_seam(self, networks: GridModel, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = padded(picture(640, 40))
        latents = networks.analysis(whole, map)
        pixels = networks.synthesis(latents, 70, map)
        monkeypatch.setattr("aecodec.grid.transforms._STRIP_PLACES", 1)
        monkeypatch.setattr("aecodec.grid.transforms._LEAST_ROWS", 1)
        check_same(networks.analysis(whole, map), latents)
        check_same(networks.synthesis(latents, 70, map), pixels)

    @pytest.mark.parametrize("kernels", [1, 3])
    def test_strips_of_filters_leave_no_seam(self, kernels: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """Which see farther than networks whose layers see their place alone."""
        tensors, description = made_grid_tensors(lapped=True)
        if kernels == 1:
            tensors = {
                name: each[:, 1:2, 1:2] if each.ndim == 4 and each.shape[1] == 3 else each
                for name, each in tensors.items()
            }
        networks, whole = GridModel(tensors, description), padded(picture(640, 40))
        assert networks.synthesis.halo == (1 if kernels == 1 else networks.synthesis.chain.halo) > 0
        latents = networks.analysis(whole, map)
        pixels = networks.synthesis(latents, 70, map)
        pull, squared = SynthesisGradient(networks.synthesis).of_picture(latents, whole, (640, 40), 70, map)
        monkeypatch.setattr("aecodec.grid.transforms._STRIP_PLACES", 1)
        monkeypatch.setattr("aecodec.grid.transforms._LEAST_ROWS", 1)
        check_same(networks.analysis(whole, map), latents)
        check_same(networks.synthesis(latents, 70, map), pixels)
        other, again = SynthesisGradient(networks.synthesis).of_picture(latents, whole, (640, 40), 70, map)
        assert squared == again and np.allclose(other, pull, atol=0.002 * np.abs(pull).max())

    def test_tiles_cover_every_place_once(self) -> None:
        sizes = [(3, 4), (3, 4), (130, 70), (1, 200), (3, 4)]
        seen = [np.zeros(size, int) for size in sizes]
        for tile in tiles(sizes):
            seen[tile.picture][tile.rows, tile.columns] += 1
        assert all((each == 1).all() for each in seen)
        for group in groups(sizes):
            assert len({tile.size for tile in group}) == 1
        assert [tile.picture for group in groups(sizes) for tile in group] == [tile.picture for tile in tiles(sizes)]

    def test_a_gradient_foretells_the_error(self, networks: GridModel) -> None:
        """Of small steps against it, as far as no clip is in the way."""
        pixels = padded(picture(64, 64))
        latents = refined(networks, [pixels], 60, 0).grids[0]
        pull, squared = SynthesisGradient(networks.synthesis).of_picture(latents, pixels, (64, 64), 60, map)
        exact = np.square(np.clip(networks.synthesis(latents, 60, map) / 16 + 128, 0, 255) - pixels).sum()
        assert abs(squared - exact) < 0.05 * exact
        step = -np.sign(pull).astype(np.int32)
        moved = np.square(np.clip(networks.synthesis(latents + step, 60, map) / 16 + 128, 0, 255) - pixels).sum()
        foretold = 2 / 16 * (pull * step).sum()
        assert moved < exact and foretold < 0
        assert 0.3 < (moved - exact) / foretold < 1.5


class TestLapped:
    @pytest.fixture
    def filters(self) -> Lapped:
        return Lapped(made_grid_tensors(lapped=True)[0], "postfilter")

    @pytest.mark.parametrize("size", [(16, 16), (16, 64), (80, 16), (64, 48)])
    def test_like_each_border_alone(self, filters: Lapped, size: tuple[int, int]) -> None:
        """In whole numbers, one border after the other."""
        weights = made_grid_tensors(lapped=True)[0]["postfilter"].astype(np.int64)
        samples = np.random.default_rng(5).integers(-40000, 40001, (*size, 3)).clip(-32767, 32767)
        expected = samples.copy()
        for axis in (1, 0):
            rows = expected.swapaxes(0, axis)
            for border in range(16, len(rows), 16):
                sums = np.einsum("oi,inc->onc", weights, rows[border - 8 : border + 8])
                rows[border - 8 : border + 8] = ((sums + 2048) >> 12).clip(-32767, 32767)
        check_same(filters(samples.astype(np.float64), map).astype(np.int64), expected)

    def test_the_way_back_is_the_transpose(self, filters: Lapped) -> None:
        """Of the filter without its rounding, to the last bit."""
        gradient = np.random.default_rng(6).integers(-255, 256, (48, 64, 3)).astype(np.float64)
        samples = np.random.default_rng(7).integers(-(1 << 20), 1 << 20, gradient.shape) * 4096.0
        weights = made_grid_tensors(lapped=True)[0]["postfilter"].astype(np.float64) / 4096
        through = samples.copy()
        for axis in (1, 0):
            rows = through.swapaxes(0, axis)
            for border in range(16, len(rows), 16):
                rows[border - 8 : border + 8] = np.einsum("oi,inc->onc", weights, rows[border - 8 : border + 8])
        back = filters.back(gradient, map)
        assert np.isclose((back * samples).sum(), (gradient * through).sum(), rtol=1e-12)
        assert (back * 2.0**24 == np.rint(back * 2.0**24)).all()


class TestSearch:
    def test_slopes_double_every_ten_qualities(self) -> None:
        for quality in range(91):
            assert abs(lmbda_of(quality + 10) - 2 * lmbda_of(quality)) <= 2

    def test_costs_are_those_of_the_tables(self, networks: GridModel) -> None:
        costs = Costs(networks.prior.scales)
        for number in (1, 20, 63):
            table, reach = networks.prior.scales.tables[number], int(networks.prior.scales.reach[number])
            assert table is not None
            symbols = np.arange(-reach, reach + 1)
            bits = costs(symbols, np.full(len(symbols), number, np.uint8)) / 4096
            np.testing.assert_allclose(bits, 24 - np.log2(table.freq[:-1]), atol=0.002)
        assert not costs(np.zeros(1, np.int64), np.zeros(1, np.uint8)).any()

    @pytest.mark.parametrize("quality", [20, 80])
    def test_more_effort_is_no_worse(self, networks: GridModel, quality: int) -> None:
        """By rate + slope * squared error, as it is in the file."""
        source = picture(96, 80)
        found = []
        for effort in (0, 1, 3, 6):
            coded = refined(networks, [source], quality, effort)
            writer = StreamWriter()
            networks.write(coded, writer)
            weights = coded.filters.get(0, NO_FILTER)
            pixels = networks.synthesise(coded.grids[0], quality, (96, 80), grey=False, weights=weights)
            squared = float(np.square(pixels.astype(int) - source).sum())
            found.append(8 * len(writer.finish()) + lmbda_of(quality) / 2**20 * squared)
        nearly = 1.01 if networks.adaptive else 1.001  # the search does not know the filter
        assert found[1] < found[0] and found[3] <= found[2] * nearly and found[2] <= found[1] * nearly

    def test_the_same_file_by_any_number_of_threads(self, model: Model) -> None:
        pictures = [picture(90, 120, seed=seed) for seed in (1, 2)]
        alone = model.codec.encode(pictures, 50, 4, map)
        with ThreadPoolExecutor(3) as pool:
            again = model.codec.encode(pictures, 50, 4, pool.map)
        assert alone[0] == again[0]
        for one, other in zip(alone[1], again[1], strict=True):
            check_same(one, other)

    def test_the_same_file_by_any_blas(self, tmp_path: Any) -> None:
        (tmp_path / "any.safetensors").write_bytes(made_grid_model("any"))
        code = (
            "import aecodec, hashlib, numpy, sys\n"
            "from tests.test_grid import picture\n"
            "data = aecodec.compress(picture(), model='any', model_path=[sys.argv[1]], effort=4)\n"
            "pixels = aecodec.decompress(data, model_path=[sys.argv[1]])\n"
            "print(hashlib.sha256(data + pixels.tobytes()).hexdigest())"
        )
        assert len({run_python(code, str(tmp_path), threads=threads) for threads in (1, 2, 4)}) == 1


class TestCodec:
    @pytest.mark.parametrize("quality", [0, 37, 100])
    @pytest.mark.parametrize("channels", [1, 3])
    def test_round_trip(self, model: Model, quality: int, channels: int) -> None:
        pictures = [picture(h, w, channels) for h, w in ((1, 1), (33, 17), (33, 17), (64, 2), (5, 1100))]
        payload, promised = model.codec.encode(pictures, quality, 1, map)
        sizes = [Size(*each.shape) for each in pictures]
        for one, other in zip(model.codec.decode(payload, sizes, Rate(quality=quality), map), promised, strict=True):
            check_same(one, other)

    def test_latents_of_a_stream(self, networks: GridModel) -> None:
        grids = [networks.analyse(picture(40, 60, seed=seed)) for seed in (1, 2)]
        coded = refined(networks, [picture(40, 60, seed=seed) for seed in (1, 2)], 55, 0)
        writer = StreamWriter()
        networks.write(coded, writer)
        reader = StreamReader(writer.finish())
        back, _ = networks.decode([grid_size(40, 60)] * 2, 55, reader)
        reader.finish()
        for one, other, analysed in zip(back, coded.grids, grids, strict=True):
            check_same(one, other)
            assert one.shape == analysed.shape

    def test_too_many_places(self, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("aecodec.kinds.grid.MAX_GRID_PLACES", 5)
        check_error(LimitError, lambda: model.codec.encode([picture(33, 17)], 50, 0, map))
        check_error(LimitError, lambda: model.codec.decode(b"", [Size(33, 17, 3)], Rate(quality=50), map))


def compressed(pictures: list[NDArray[np.uint8]], zoo: Zoo, **options: Any) -> Encoded:
    return compress_all(pictures, Options(**options), zoo, many=True)


class TestChoice:
    def test_by_size_and_by_trial(self, zoo: Zoo) -> None:
        special = zoo.by_latent_dim(64)
        assert knows(special, strokes(3, 28, 28)) and not knows(special, strokes(3, 28, 29))
        assert not knows(special, [picture(28, 28)])

    def test_digits_and_noise_of_their_size(self, digits: NDArray[np.uint8]) -> None:
        """The shipped models; noise is no digit."""
        special = Zoo().by_latent_dim(64)
        rng = np.random.default_rng(1)
        assert knows(special, list(digits[:20]))
        assert not knows(special, list(rng.integers(0, 256, (20, 28, 28), np.uint8)))
        crowded = digits[:80].reshape(16, 5, 28, 28).max(axis=1)  # as letters of other scripts are, of many strokes
        assert not knows(special, list(crowded))

    def test_a_file_names_the_general_model(self, zoo: Zoo) -> None:
        found = compressed([picture(), picture(9, 200)], zoo)
        assert found.model is not None and found.model.id == "any"
        header = parse(found.data).header
        assert header.quality == found.quality == found.model.codec.default_quality
        assert parse(found.data).header.check_bytes == 4

    def test_one_that_is_asked_for(self, zoo: Zoo) -> None:
        found = compressed([picture()], zoo, latent_dim=64)
        assert found.model is not None and found.model.id == "made-64"

    def test_alpha_is_exact(self, zoo: Zoo) -> None:
        rgba = picture(40, 30, 4)
        decoded = next(iter(Decoder(compressed([rgba], zoo, quality=30).data, zoo)))
        check_same(decoded[..., 3], rgba[..., 3])
        assert not np.array_equal(decoded, rgba)

    def test_equal_colours_stay_equal(self, zoo: Zoo) -> None:
        grey = np.repeat(picture(40, 30, 1), 3, axis=2)
        decoded = next(iter(Decoder(compressed([grey], zoo, quality=30).data, zoo)))
        assert (decoded[..., 0] == decoded[..., 1]).all() and (decoded[..., 0] == decoded[..., 2]).all()

    def test_exact_where_that_is_smaller(self, zoo: Zoo) -> None:
        flat = np.full((40, 40, 3), 7, np.uint8)
        found = compressed([flat], zoo)
        assert found.exact and (found.model is None or found.model.pixels is not None)
        check_same(aecodec.decompress(found.data)[0], flat)
        assert not compressed([flat], zoo, quality=50).exact

    def test_bounds_are_kept(self, zoo: Zoo) -> None:
        pictures = [picture(60, 80)]
        coarse, fine = (compressed(pictures, zoo, quality=quality) for quality in (10, 90))
        bound = (coarse.mse + fine.mse) / 2
        found = compressed(pictures, zoo, max_mse=bound)
        decoded = next(iter(Decoder(found.data, zoo)))
        assert mse(decoded, pictures[0]) <= bound and len(found.data) < len(fine.data)
        most = (len(coarse.data) + len(fine.data)) // 2
        sized = compressed(pictures, zoo, max_bytes=most)
        assert len(sized.data) <= most and sized.mse < coarse.mse
        check_error(UsageError, lambda: compressed(pictures, zoo, max_bytes=20))
