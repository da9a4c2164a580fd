"""Searching while training: symbols that only get better, gradients and curvature, the controller, held exponents."""

from __future__ import annotations

import json
import math

import pytest
import torch
from torch import Tensor

from aecodec.train.control import GAIN, LEAST, ROOM, RateControl
from aecodec.train.networks import CHECK_GREY, Autoencoder, Shape
from aecodec.train.prune import hard_symbols, observe
from aecodec.train.searched import View, improve, probe, view
from aecodec.train.widths import Widths
from tests.made import strokes

SLOPE = 900.0
LATENTS = 5


pytestmark = pytest.mark.usefixtures("one_thread")


def made(*, integer: bool = False, latents: int = LATENTS, radius: int = 9) -> tuple[Autoencoder, Tensor, Tensor]:
    """A small network that begins as principal components, pixels ``[B, 1, 8, 12]`` and symbols they might have."""
    torch.manual_seed(3)
    model = Autoencoder(Shape(8, 12, latents, Widths((3,), 0), Widths((4, 4), 10), radius, prior_units=(3, 4)))
    pictures = torch.from_numpy(strokes(40, 8, 12))[:, None]
    model.begin_linear(pictures.float() / 256, 6.0)
    with torch.no_grad():
        model.synthesis.pixels.weight.mul_(5)  # so that the branch beside the linear one counts
        model.prior.head.weight.mul_(20)
        for layer in (model.synthesis.hidden, model.prior.first, model.prior.second):
            torch.nn.init.normal_(layer.bias, 0, 0.3)  # symbols of zero are not where a rectifier bends
        model.prior.low.copy_(torch.arange(latents) % 3 - 5)
        model.prior.high.copy_(torch.arange(latents) % 2 + 5)
    symbols = hard_symbols(model, pictures)
    if integer:
        observe(model, pictures, symbols)
        model.to_integer()
    return model, pictures.float() / 256, symbols


def objective(
    model: Autoencoder, pixels: Tensor, symbols: Tensor, slope: float = SLOPE, *, tables_of: Tensor | None = None
) -> Tensor:
    """Bits plus ``slope`` times MSE of each picture, ``[B]``, a symbol at a time. ``tables_of`` are the symbols
    that are coded, where those in ``symbols`` lie between the integers.
    """
    decoded = model.synthesis(symbols)
    mse = ((decoded - pixels) * 256 / 255).square().flatten(1).mean(1)
    costs = model.prior.costs(symbols)
    entries = ((symbols.detach() if tables_of is None else tables_of) + model.prior.radius).long()
    bits = torch.stack([costs[:, d].gather(1, entries[:, d : d + 1])[:, 0] for d in range(symbols.shape[1])], 1)
    return bits.sum(1) + slope * mse


def look(model: Autoencoder, pixels: Tensor, symbols: Tensor, slope: float = SLOPE) -> View:
    return view(model, pixels, symbols, slope, scale=None, mixed=False)


# --- improve ---------------------------------------------------------------------------------


@pytest.mark.parametrize("integer", [False, True])
@pytest.mark.parametrize("slope", [1.0, SLOPE, 30_000.0])
def test_no_picture_gets_worse(slope: float, integer: bool) -> None:
    """And most get better, from poor symbols on."""
    model, pixels, symbols = made(integer=integer)
    symbols = (symbols + torch.randint(-1, 2, symbols.shape)).clamp(model.prior.low, model.prior.high).to(torch.int8)
    curvature = torch.zeros(LATENTS)
    first = before = objective(model, pixels, symbols.float(), slope).detach()
    for _ in range(12):
        visit = improve(model, pixels, look(model, pixels, symbols, slope), curvature, slope, mixed=False)
        assert visit.symbols.dtype == torch.int8 and visit.symbols.shape == symbols.shape
        assert (visit.symbols >= model.prior.low).all() and (visit.symbols <= model.prior.high).all()
        after = objective(model, pixels, visit.symbols.float(), slope).detach()
        assert (after <= before * (1 + 1e-5)).all()
        assert float(after.mean()) == pytest.approx(visit.bits + slope * visit.mse, rel=1e-4)
        changed = (visit.symbols != symbols).any(1)
        assert (after < before)[changed].all()
        symbols, before = visit.symbols, after
    assert (before < first).float().mean() > 0.9


def test_a_promise_that_is_not_kept() -> None:
    """A gradient that points the wrong way changes nothing."""
    model, pixels, symbols = made()
    for _ in range(40):
        seen = look(model, pixels, symbols)
        symbols = improve(model, pixels, seen, torch.zeros(LATENTS), SLOPE, mixed=False).symbols
    seen = look(model, pixels, symbols)
    lying = View(seen.symbols, seen.costs, seen.mse, seen.bits, seen.gradient - 1e6)
    visit = improve(model, pixels, lying, torch.zeros(LATENTS), SLOPE, mixed=False)
    before, after = (objective(model, pixels, each.float()).detach() for each in (symbols, visit.symbols))
    assert (after <= before * (1 + 1e-5)).all()
    assert visit.bits + SLOPE * visit.mse <= float((seen.bits + SLOPE * seen.mse).mean()) * (1 + 1e-6)


def test_at_the_end_of_a_table() -> None:
    """Symbols that the pictures would like larger stay at the largest there is."""
    model, _, _ = made()
    high = model.prior.high.to(torch.int8).expand(40, -1)
    with torch.no_grad():
        pixels = model.synthesis(2 * high.float())
    for _ in range(3):
        visit = improve(model, pixels, look(model, pixels, high, 1e6), torch.zeros(LATENTS), 1e6, mixed=False)
        assert (visit.symbols <= model.prior.high).all()


def test_the_step_that_lowers_most_is_found() -> None:
    """A single latent has but two neighbours: nearly always the better one is taken, in either direction."""
    model, pixels, symbols = made(latents=1)
    symbols = (symbols + torch.tensor([-2, 2]).repeat(20)[:, None]).clamp(-4, 4).to(torch.int8)
    bend = probe(model, symbols, False, torch.Generator().manual_seed(0))
    visit = improve(model, pixels, look(model, pixels, symbols, 1e4), bend, 1e4, mixed=False)
    tried = [objective(model, pixels, symbols.float() + way, 1e4).detach() for way in (-1, 0, 1)]
    way = torch.stack(tried).argmin(0) - 1
    assert set(way.tolist()) >= {-1, 1}
    assert (visit.symbols[:, 0] - symbols[:, 0] == way).float().mean() > 0.9


# --- view ------------------------------------------------------------------------------------


@pytest.mark.parametrize("integer", [False, True])
def test_view_is_the_objective(integer: bool) -> None:
    model, pixels, symbols = made(integer=integer)
    seen = look(model, pixels, symbols)
    place = symbols.float().requires_grad_()
    expected = objective(model, pixels, place)
    torch.testing.assert_close(seen.bits + SLOPE * seen.mse, expected.detach())
    gradient = torch.autograd.grad(expected.sum(), place)[0]
    torch.testing.assert_close(seen.gradient, gradient, rtol=1e-4, atol=1e-3 * float(gradient.abs().max()))
    assert not seen.symbols.requires_grad and torch.equal(seen.symbols, symbols.float())
    assert seen.costs.shape == (40, LATENTS, 2 * model.prior.radius + 2)
    with torch.no_grad():
        torch.testing.assert_close(seen.costs, model.prior.costs(symbols.float()))


def test_view_against_differences() -> None:
    """Where no pixel is clipped the float objective is nearly smooth; its slope in each symbol is the gradient."""
    model, pixels, symbols = made()
    place, far = symbols.float(), 2.0**-7
    with torch.no_grad():
        model.synthesis.pixels.weight.mul_(0.02)
        model.synthesis.linear.weight.mul_(0.2)
        model.synthesis.linear.bias.fill_(0.5)
        decoded = model.synthesis(place)
        assert 0.01 < decoded.min() < 0.45 and 0.55 < decoded.max() < 0.98
    seen = look(model, pixels, symbols)
    with torch.no_grad():
        for d in range(LATENTS):
            move = torch.eye(LATENTS)[d] * far
            above, below = (objective(model, pixels, place + way * move, tables_of=place) for way in (1, -1))
            slope = (above - below) / (2 * far)
            assert slope.abs().max() > 1
            torch.testing.assert_close(seen.gradient[:, d], slope, rtol=0.01, atol=0.03 * float(slope.abs().max()))


@pytest.mark.parametrize("scale", [1.0, 0.01])
def test_what_learns_from_a_view(scale: float) -> None:
    """The objective's mean times ``scale``, added to what is there; analysis takes no part."""
    model, pixels, symbols = made()
    learning = {n: p for n, p in model.named_parameters() if not n.startswith("analysis")}
    mean = objective(model, pixels, symbols.float()).mean() * scale
    expected = dict(zip(learning, torch.autograd.grad(mean, list(learning.values())), strict=True))
    plain = look(model, pixels, symbols)
    assert all(p.grad is None for p in model.parameters())
    for times in (1, 2):
        seen = view(model, pixels, symbols, SLOPE, scale=scale, mixed=False)
        torch.testing.assert_close(seen.gradient, plain.gradient, rtol=1e-4, atol=1e-3)
        for name, parameter in model.named_parameters():
            if name in learning:
                most = float(expected[name].abs().max())
                torch.testing.assert_close(parameter.grad, times * expected[name], rtol=1e-4, atol=1e-4 * most)
            else:
                assert parameter.grad is None, name


# --- curvature -------------------------------------------------------------------------------


@pytest.mark.parametrize("integer", [False, True])
def test_probe_estimates_the_diagonal(integer: bool) -> None:
    """Of J'J, J being the Jacobian of the pixels inside the clip; the mean over the batch."""
    model, _, symbols = made(integer=integer)
    symbols = symbols[:8]
    expected = torch.zeros(LATENTS)
    clipped = 0.0
    for each in symbols.float():
        jacobian = torch.autograd.functional.jacobian(lambda s: model.synthesis(s[None]).flatten(), each)
        decoded = model.synthesis(each[None]).flatten()
        inside = (decoded > 0) & (decoded < 255 / 256)
        clipped += float((~inside).float().mean()) / 8
        expected += jacobian[inside].square().sum(0) / len(decoded) * CHECK_GREY / 8
    assert 0.02 < clipped < 0.9
    signs = torch.Generator().manual_seed(1)
    found = torch.stack([probe(model, symbols, False, signs) for _ in range(800)]).mean(0)
    torch.testing.assert_close(found, expected, rtol=0.12, atol=0)


def test_probe_is_its_generators() -> None:
    model, _, symbols = made()
    one, same, other = (probe(model, symbols, False, torch.Generator().manual_seed(n)) for n in (1, 1, 2))
    assert torch.equal(one, same) and not torch.equal(one, other)
    assert all(p.grad is None for p in model.parameters())


# --- the controller --------------------------------------------------------------------------


def test_control_moves_towards_its_goal() -> None:
    high, low, met = (RateControl(5.0, 0.01) for _ in range(3))
    high.see(0.02)
    low.see(0.005)
    met.see(0.01)
    assert low.log_lambda < met.log_lambda == 5.0 < high.log_lambda
    assert high.lmbda == math.exp(high.log_lambda)
    assert high.log_lambda == pytest.approx(5 + GAIN * math.log(2))
    far = RateControl(5.0, 0.01)
    far.see(1.0)
    assert far.log_lambda == pytest.approx(5 + GAIN)  # however far away


def test_control_finds_the_slope_of_its_goal() -> None:
    """Where distortion falls as lambda rises, it ends where the goal is."""
    for begin in (3.5, 6.0):
        control = RateControl(begin, 0.01)
        for _ in range(4000):
            control.see(1 / control.lmbda)
        assert control.log_lambda == pytest.approx(math.log(100), abs=0.02)


def test_control_stays_below_its_top() -> None:
    control = RateControl(2.0, 0.01)
    for _ in range(2000):
        control.see(0.5)
    assert control.log_lambda == control.top == pytest.approx(2 + math.log(ROOM))
    control.aim(0.004)
    assert control.top == pytest.approx(2 + 2 * math.log(ROOM))
    for _ in range(5000):
        control.see(1e-9)
    assert control.log_lambda == 0


def test_control_while_networks_settle() -> None:
    control = RateControl(5.0, 0.01)
    control.see(0.02, settling=True)
    assert control.log_lambda == 5.0 and control.average == 0.02
    control.see(0.001, settling=True)
    assert control.log_lambda == 5.0  # the average is still above
    fresh = RateControl(5.0, 0.01)
    fresh.see(0.001, settling=True)
    assert fresh.log_lambda < 5.0


def test_control_while_rates_of_learning_are_high() -> None:
    control = RateControl(5.0, 0.01)
    control.see(0.012, cooling=1.4)
    assert control.log_lambda < 5.0


def test_control_aims_elsewhere() -> None:
    control = RateControl(5.0, 0.01)
    control.see(0.02)
    control.validate(0.022)
    ratio = control.goal / control.target
    control.aim(0.002)
    assert (control.target, control.average) == (0.002, 0.0)
    assert control.goal / control.target == pytest.approx(ratio)


def test_control_minds_the_gap() -> None:
    """Where pictures held out are worse than those of training, these must be better than the target."""
    for held_out, gap in ((0.011, 1.1), (0.01, 1.0), (0.009, 0.9), (0.1, 1.5), (0.0, 0.8)):
        control = RateControl(5.0, 0.01)
        control.see(0.01)
        for _ in range(60):
            control.validate(held_out)
        assert control.goal == pytest.approx(0.01 / gap)


def test_control_comes_back_from_its_state() -> None:
    control = RateControl(5.0, 0.01)
    for mse in (0.02, 0.03, 0.001):
        control.see(mse)
    control.validate(0.02)
    control.aim(0.004)
    control.see(0.006, settling=True)
    again = RateControl(**json.loads(json.dumps(control.state())))
    assert again == control
    for each in (control, again):
        each.see(0.01, cooling=1.2)
    assert again == control


def test_control_of_blank_pictures() -> None:
    control = RateControl(5.0, 0.01)
    control.see(0.0)
    control.validate(0.0)
    assert control.average == 0 < LEAST and control.log_lambda < 5.0 and control.goal > 0


# --- held exponents --------------------------------------------------------------------------


def test_exponents_are_held_inside_and_fresh_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    model, pixels, symbols = made(integer=True)
    layers = [layer for chain in model.chains() for layer in chain]
    found: list[object] = []
    for layer in layers:
        compute = layer._find_exponents
        monkeypatch.setattr(layer, "_find_exponents", lambda c=compute, at=layer: (found.append(at), c())[1])
    with model.holding():
        for _ in range(3):
            model(pixels)
            model.synthesis(symbols.float())
        assert sorted(map(id, found)) == sorted(map(id, layers))  # each once
    found.clear()
    with torch.no_grad():
        for layer in layers:
            layer.weight.mul_(8)
    with model.holding():
        model(pixels)
    assert len(found) == len(layers)
    found.clear()
    model(pixels)
    model(pixels)
    assert len(found) == 2 * len(layers)


def test_quantized_weights_follow_changes_in_place() -> None:
    model, _, _ = made(integer=True)
    layer = model.synthesis.spread
    with model.holding():
        before, exponents = layer.quantized()[0].detach().clone(), layer.exponents()
    with torch.no_grad():
        layer.weight.mul_(8)
    assert torch.equal(layer.exponents(), exponents - 3)
    assert torch.equal(layer.quantized()[0], 8 * before)
    with model.holding():
        assert torch.equal(layer.quantized()[0], 8 * before)


def test_holding_ends_with_an_error() -> None:
    model, _, _ = made(integer=True)
    with pytest.raises(ZeroDivisionError), model.holding():
        raise ZeroDivisionError
    assert not any(layer.holding or layer.held is not None for chain in model.chains() for layer in chain)
