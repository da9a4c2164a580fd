"""Grids of latents: which pictures of a block are coded as what they differ from another one, and that it pays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from aecodec.entropy import StreamReader, StreamWriter
from aecodec.grid import GridModel, grid_size, refined, shown, with_differences
from aecodec.grid.costs import Costs
from aecodec.grid.nearest import NEAREST, nearest, resembles
from aecodec.grid.pieces import apart, bits_of, together
from aecodec.grid.proposals import propose
from aecodec.grid.references import less, plus
from aecodec.limits import GRID_VALUE_MAX
from aecodec.zoo import load_model
from tests.checks import check_all_same, check_same
from tests.made import made_grid_tensors

GENERAL = Path(__file__).resolve().parents[1] / "models" / "general.safetensors"
Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def general() -> GridModel:
    """The model that is shipped: one that was not trained has no use for differences."""
    codec = load_model(GENERAL.read_bytes()).codec
    networks = getattr(codec, "networks", None)
    assert isinstance(networks, GridModel)
    return networks


def drawn(seed: int, height: int = 40, width: int = 52) -> Picture:
    """Some discs in some colours, ``[H, W, 3]``."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    found = np.full((height, width, 3), 230, np.uint8)
    for _ in range(9):
        row, column, radius = rng.integers(0, height), rng.integers(0, width), rng.integers(4, 14)
        found[(y - row) ** 2 + (x - column) ** 2 < radius**2] = rng.integers(0, 256, 3)
    return found


def changed(picture: Picture) -> Picture:
    """The same with a small square in another colour."""
    found = picture.copy()
    found[8:15, 10:16] = (200, 30, 90)
    return found


def alike() -> list[Picture]:
    """Three drawings, of which two come again in another colour somewhere."""
    first, second, third = drawn(1), drawn(2), drawn(3)
    return [first, second, changed(second), third, changed(first)]


def kinds_of(pictures: list[Picture]) -> list[tuple[int, ...]]:
    return [picture.shape for picture in pictures]


@pytest.mark.parametrize("effort", [1, 3])
def test_what_comes_again_takes_less(general: GridModel, effort: int) -> None:
    pictures = alike()
    alone = refined(general, pictures, 50, effort)
    found, references = with_differences(general, pictures, kinds_of(pictures), alone, 50, effort)
    pairs = {frozenset(pair) for pair in enumerate(references) if pair[1] is not None}
    assert pairs == {frozenset((0, 4)), frozenset((1, 2))}
    sizes = []
    for coded in (alone, found):
        writer = StreamWriter()
        general.write(coded, writer)
        sizes.append(len(writer.finish()))
    assert sizes[1] < 0.8 * sizes[0]


def test_a_decoder_has_the_same_latents(general: GridModel) -> None:
    pictures = alike()
    alone = refined(general, pictures, 50, 3)
    found, references = with_differences(general, pictures, kinds_of(pictures), alone, 50, 3)
    writer = StreamWriter()
    general.write(found, writer)
    reader = StreamReader(writer.finish())
    back, filters = general.decode([grid_size(40, 52)] * 5, 50, reader)
    reader.finish()
    check_all_same(back, found.grids)
    for number, latents in enumerate(shown(back, references)):
        picture = general.synthesise(latents, 50, (40, 52), grey=False, weights=filters[number])
        check_same(found.pictures.get(number, picture), picture)
        assert np.square(picture.astype(int) - pictures[number]).sum() < 1.2 * alone.errors[number]


@pytest.mark.parametrize(
    ("pictures", "effort"),
    [
        ([drawn(seed) for seed in range(4)], 3),
        ([drawn(1)], 3),
        (alike(), 0),
        ([drawn(1), changed(drawn(1))[:, :-1]], 3),
    ],
    ids=["unlike", "alone", "no-effort", "other-size"],
)
def test_else_all_are_as_they_were(general: GridModel, pictures: list[Picture], effort: int) -> None:
    alone = refined(general, pictures, 50, effort)
    found, references = with_differences(general, pictures, kinds_of(pictures), alone, 50, effort)
    assert found is alone and references == []


def test_pictures_of_other_kinds_are_no_reference(general: GridModel) -> None:
    pictures = [drawn(1), changed(drawn(1))]
    alone = refined(general, pictures, 50, 1)
    assert with_differences(general, pictures, ["grey", "colour"], alone, 50, 1)[1] == []
    assert with_differences(general, pictures, ["colour", "colour"], alone, 50, 1)[1] != []


class TestProposals:
    """Of latents that are made up: three like each other, and one by itself."""

    steps = np.full(2, 256 * 10)

    def proposed(self, values: list[int], bits: list[int]) -> list[int | None]:
        grids = [np.full((2, 2, 2), value, np.int32) for value in values]
        pictures = [np.zeros((32, 32, 3), np.uint8)] * len(values)
        return propose(grids, pictures, np.array(bits), 10, self.steps)

    def test_one_reference_serves_several(self) -> None:
        """The middle one is near both others, which are not near each other."""
        assert self.proposed([0, 6, 12, 500], [80, 80, 80, 80]) == [1, None, 1, None]

    def test_just_as_far_as_is_rounded_away(self) -> None:
        assert self.proposed([0, 6], [80, 79]) == [1, None]
        assert self.proposed([0, 7], [80, 79]) == [None, None]

    def test_little_is_not_tried(self) -> None:
        """Eight latents differ, which is reckoned to take 80."""
        assert self.proposed([0, 500], [91, 80]) == [None, None]
        assert self.proposed([0, 500], [92, 80]) == [1, None]


class TestResembles:
    def test_a_small_change(self) -> None:
        assert resembles(drawn(1), drawn(1)) and resembles(drawn(1), changed(drawn(1)))
        assert not resembles(drawn(1), drawn(2))

    def test_flat_pictures(self) -> None:
        flat = np.full((9, 9, 1), 7, np.uint8)
        assert resembles(flat, flat) and not resembles(flat, flat + 1)

    def test_other_sizes_and_colours(self) -> None:
        assert not resembles(drawn(1), drawn(1)[:-1]) and not resembles(drawn(1), drawn(1)[..., :1])


class TestNearest:
    def test_few_are_compared_with_all(self) -> None:
        found = list(nearest([drawn(seed) for seed in range(4)]))
        assert [each.tolist() for each in found] == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]

    @pytest.mark.parametrize("size", [(1, 1), (5, 70), (64, 64)])
    def test_of_many_the_nearest(self, size: tuple[int, int]) -> None:
        """Greys in no order, so that one knows which are near; more than are worked on at once."""
        greys = np.random.default_rng(4).permutation(256)
        order = [*greys, *greys[:60]]
        found = list(nearest([np.full((*size, 3), grey, np.uint8) for grey in order]))
        assert len(found) == len(order)
        for number, near in enumerate(found):
            away = np.abs(np.array(order) - order[number])
            away[number] = 999
            assert len(set(near.tolist())) == NEAREST and number not in near
            assert away[near].max() <= np.sort(away)[NEAREST - 1]


def test_pieces_are_put_together_as_they_were() -> None:
    """Pictures of more than a tile, and of a single place, whose second half of a checkerboard is empty."""
    model = GridModel(*made_grid_tensors())
    pictures = [drawn(1, 20, 1100), drawn(2, 5, 9), drawn(3, 5, 9), drawn(4, 33, 20)]
    coded = refined(model, pictures, 60, 0)
    sizes = [grid.shape[:2] for grid in coded.grids]
    pieces = apart(coded)
    assert [len(each) for each in pieces] == [2, 1, 1, 1]
    for (symbols, classes), again in zip(coded.passes, together(pieces, sizes), strict=True):
        check_same(again[0], symbols)
        check_same(again[1], classes)
    costs = Costs(model.prior.scales)
    each = [
        sum(int(costs(symbols.astype(np.int64), classes).sum()) for piece in tiles for symbols, classes in piece)
        for tiles in pieces
    ]
    assert bits_of(coded, costs).tolist() == each and min(each) > 0


def test_differences_are_clipped() -> None:
    most = np.array([GRID_VALUE_MAX, -GRID_VALUE_MAX, 5], np.int32)
    other = np.array([9, -9, 7], np.int32)
    assert plus(most, other).tolist() == [GRID_VALUE_MAX, -GRID_VALUE_MAX, 12]
    assert less(most, -other).tolist() == [GRID_VALUE_MAX, -GRID_VALUE_MAX, 12]
