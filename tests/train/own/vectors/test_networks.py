"""Networks of small vector models: their widths, what the prior sees, and the same integers in the engine."""

from __future__ import annotations

import pytest
import torch

from aecodec.errors import ModelError
from aecodec.kinds import TileCodec
from aecodec.train.own.vectors.export import exported
from aecodec.train.own.vectors.networks import NEAR, WEIGHT_MOST, LocalPrior, Vectors
from aecodec.train.own.vectors.training import tiles_of
from aecodec.train.own.vectors.widths import USUAL_SHARE, Widths, widths_for
from aecodec.train.prune import count_symbols, hard_symbols, measure_ranges, observe
from tests.train.own.vectors.made import TINY, pictures

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize(
    ("size", "tile"),
    [((28, 28), (28, 28)), ((8, 40), (8, 40)), ((30, 9), (32, 12)), ((64, 64), (64, 64)), ((41, 50), (48, 56))],
)
def test_every_small_size_has_a_tile(size: tuple[int, int], tile: tuple[int, int]) -> None:
    widths = widths_for(size, USUAL_SHARE)
    assert widths.tile == tile
    assert widths.latent_dim <= 1_024
    assert len(widths.analysis) == widths.halvings and len(widths.fine) == widths.halvings - 1


def test_a_finer_point_has_more_latents() -> None:
    found = [widths_for((28, 28), USUAL_SHARE * factor).latents for factor in (4, 1, 0.4, 0.15, 1e-6)]
    assert found == [4, 4, 5, 6, 7]
    fine, finest = (widths_for((64, 64), share).latent_dim for share in (USUAL_SHARE / 4, 1e-9))
    assert widths_for((64, 64), USUAL_SHARE).latent_dim < fine < finest <= 1_024


def test_the_prior_sees_near_places_before() -> None:
    """A symbol changes the tables of later latents at near places, and of no others."""
    torch.manual_seed(2)
    prior = LocalPrior((5, 5, 2), 3)
    with torch.no_grad():
        for layer in prior.layers():
            layer.bias.add_(0.5)
    symbols = torch.zeros(1, 50)
    symbols[0, 24] = 3  # the first of row 2, column 2
    with torch.no_grad():
        moved = (prior.costs(symbols) - prior.costs(torch.zeros(1, 50))).abs().sum(-1)[0] > 0
    reach = NEAR[0] + NEAR[1]
    for latent in moved.nonzero()[:, 0].tolist():
        row, column = divmod(latent // 2, 5)
        assert latent > 24 and max(abs(row - 2), abs(column - 2)) <= reach
    assert moved[25] and moved[26] and moved[34]


def test_cut_tables_give_the_same_bits() -> None:
    """Of symbols whose entries stay, where the others had next to no share."""
    torch.manual_seed(2)
    prior = LocalPrior((3, 3, 2), 9)
    with torch.no_grad():
        prior.head.bias.view(18, -1)[:, :6] -= 40
        prior.head.bias.view(18, -1)[:, 13:] -= 40
    symbols = torch.randint(-3, 4, (300, 18)).float()
    cut = prior.cut(measure_ranges(count_symbols(symbols.to(torch.int8), 9), mostly_zero=2.0, cut=True))
    assert cut.radius == 3 and cut.latents == 18
    with torch.no_grad():
        assert torch.allclose(cut.bits(symbols, symbols), prior.bits(symbols, symbols), atol=1e-3)


@pytest.mark.parametrize("widths", [TINY, Widths((1, 2), 3, 5, (4, 5, 6), 7, (6, 5))])
def test_the_engine_computes_what_training_simulates(widths: Widths) -> None:
    torch.manual_seed(4)
    model = Vectors(widths)
    tiles = tiles_of(pictures(60, widths.tile[0] - 1, widths.tile[1]), widths)
    assert tiles.shape[2:] == widths.tile
    counts = count_symbols(hard_symbols(model, tiles), model.prior.radius)
    model.prior = model.prior.cut(measure_ranges(counts, mostly_zero=2.0, cut=True))
    with torch.no_grad():
        observe(model, tiles, hard_symbols(model, tiles))
    with pytest.raises(ModelError):  # weights are not on their grids before
        exported(model, 9_000.0, tiles)
    model.to_integer()
    tensors, description = exported(model, 9_000.0, tiles)  # which compares symbols, pixels and tables
    assert max(abs(int(each.min())) for name, each in tensors.items() if "weight" in name) <= WEIGHT_MOST
    codec = TileCodec(tensors, description)
    assert codec.tile == widths.tile and codec.lmbda >= 1
