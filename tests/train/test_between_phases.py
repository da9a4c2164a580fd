"""Between phases of training: symbols, latents and tables that go over to the next."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
import torch

from aecodec.train.data import Pictures
from aecodec.train.loop import Training
from aecodec.train.networks import Autoencoder, Shape
from aecodec.train.prune import Ranges, count_symbols, hard_symbols, measure_ranges, pruned
from aecodec.train.widths import Widths
from tests.train.runs import begun, settings

pytestmark = pytest.mark.usefixtures("one_thread")


def check_kept(training: Training, before: torch.Tensor, active: list[int]) -> None:
    """The symbols kept are those ``before``, of the latents in use, within the tables of the new model."""
    prior = training.model.prior
    low, high = prior.low.to(torch.int8), prior.high.to(torch.int8)
    assert prior.latents == len(active) == len(training.curvature)
    assert torch.equal(training.symbols, before[:, active].clamp(low, high))
    assert training.held_out.shape == (21, len(active))
    assert (training.held_out >= low).all() and (training.held_out <= high).all()
    assert (-prior.radius <= low).all() and (high <= prior.radius).all()
    costs = prior.costs(training.symbols.float())
    assert prior.cost_of(costs, training.symbols.float()).isfinite().all()


def test_symbols_where_the_search_begins(pictures: Pictures, tmp_path: Path) -> None:
    """They are what analysis gives; a latent that is always zero is gone, and no picture has changed."""
    training = begun(pictures, tmp_path, "context")
    with torch.no_grad():
        training.model.analysis.latent.weight[2] = 0
        training.model.analysis.latent.bias[2] = 0
        symbols = hard_symbols(training.model, pictures.training)
        decoded = training.model.synthesis(symbols.float())
    training.next_phase()
    check_kept(training, symbols, [0, 1, 3, 4])
    changed = (training.symbols != symbols[:, [0, 1, 3, 4]]).any(1)
    assert changed.float().mean() < 0.1
    with torch.no_grad():
        again = training.model.synthesis(training.symbols.float())
    torch.testing.assert_close(again[~changed], decoded[~changed])


def test_symbols_where_integers_begin(pictures: Pictures, tmp_path: Path) -> None:
    """A latent in no picture is gone, and a symbol that only one picture used is cut."""
    training = begun(pictures, tmp_path, "searched")
    prior = training.model.prior
    training.symbols[:, 1] = 0
    training.held_out[:, 1] = 1
    spread = training.symbols[:, 0]
    top = int(spread.max())
    training.symbols[:, 0] = spread.clamp_max(top - 1)
    training.symbols[7, 0] = top
    symbols = training.symbols.clone()
    active = [d for d in range(prior.latents) if d != 1]
    training.next_phase()
    check_kept(training, symbols, active)
    assert training.model.prior.high[0] == top - 1 == training.symbols[7, 0]


def small_model(radius: int = 6) -> Autoencoder:
    torch.manual_seed(5)
    return Autoencoder(Shape(8, 8, 4, Widths((3,), 0), Widths((4, 4), 0), radius, prior_units=(2, 3)))


@pytest.mark.parametrize("cut", [False, True])
def test_pruned_model_is_the_old_one_on_fewer_latents(cut: bool) -> None:
    model = small_model()
    symbols = torch.randint(-2, 4, (50, 4))
    symbols[:, 1] = 0
    ranges = Ranges([0, 2, 3], [-2, -1, -2], [3, 3, 2], cut)
    smaller = pruned(copy.deepcopy(model), ranges)
    pixels = torch.rand(5, 1, 8, 8)
    torch.testing.assert_close(smaller.synthesis(symbols[:, [0, 2, 3]].float()), model.synthesis(symbols.float()))
    torch.testing.assert_close(smaller.analysis(pixels), model.analysis(pixels)[:, [0, 2, 3]])
    radius = smaller.prior.radius
    assert radius == (3 if cut else 6)
    tables, old = (m.prior.head.bias.reshape(-1, 2 * m.prior.radius + 2) for m in (smaller, model))
    kept = [*range(6 - radius, 7 + radius), 13]  # around the zero in the middle, and escape
    assert torch.equal(tables, old[[0, 2, 3]][:, kept])
    assert smaller.prior.low.tolist() == (ranges.low if cut else [-6] * 3)
    assert smaller.prior.high.tolist() == (ranges.high if cut else [6] * 3)


def test_contexts_begin_with_the_tables(pictures: Pictures, tmp_path: Path) -> None:
    """The prior gets its hidden units when it is known which latents are in use."""
    training = begun(pictures, tmp_path, "factorized")
    assert training.model.prior.units == (1, 1)
    training.next_phase()
    prior = training.model.prior
    assert prior.units == training.settings.prior_units(prior.latents)
    counts = count_symbols(hard_symbols(training.model, pictures.training), prior.radius)
    entries = torch.arange(-prior.radius, prior.radius + 1) + prior.radius
    found = prior.head.bias.reshape(prior.latents, -1)[:, entries]
    assert (found.argmax(1) == counts.argmax(1)).all()


@pytest.mark.parametrize("latent_dim", [1, 8, 32, 64, 100, 128, 200, 256, 784, 1024])
def test_prior_units_fill_the_budget(latent_dim: int) -> None:
    """As many weights below the diagonal as are allowed, and no more than 32 units a latent."""
    for chosen in (settings(latent_dim=latent_dim), settings(latent_dim=latent_dim, prior_weights=50_000)):
        budget = chosen.prior_weights or (420_000 if latent_dim < 128 else 1_000_000 if latent_dim < 256 else 700_000)
        first, second = chosen.prior_units(latent_dim)
        assert first == second and 2 <= first <= 32
        assert first == 2 or (latent_dim * first) ** 2 / 2 <= budget
        assert first == 32 or (latent_dim * (first + 1)) ** 2 / 2 > budget


def test_ranges_by_hand() -> None:
    symbols = torch.zeros(100, 3, dtype=torch.int8)
    symbols[:40, 0] = 1
    symbols[40:60, 0] = -3
    symbols[60, 0] = 4  # once only
    symbols[:2, 1] = 2
    counts = count_symbols(symbols, 5)
    assert counts.shape == (3, 11)
    assert counts[0].tolist() == [0, 0, 20, 0, 0, 39, 40, 0, 0, 1, 0]
    found = measure_ranges(counts, mostly_zero=0.97, cut=True)
    assert found == Ranges([0], [-3], [4], True) and found.radius == 4  # of so few pictures one is enough
    wider = measure_ranges(counts * 10, mostly_zero=0.99, cut=False)
    assert (wider.active, wider.low, wider.high) == ([0, 1], [-3, 0], [4, 2])
    assert wider.radius == 8  # a third more, and two
    assert measure_ranges(counts * 3, mostly_zero=0.97, cut=True).high == [4]
    assert measure_ranges(counts, mostly_zero=0.1, cut=True).active == [0]  # never none
    assert Ranges.from_lists(json.loads(json.dumps(wider.as_lists()))) == wider
