"""Arithmetic of training a grid: layers in integers, rounding, filters, bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from aecodec.exact import sheet_layers as engine
from aecodec.exact.sheets import Sheet
from aecodec.train.grid.convolutions import EVERY, FRACTION, NARROW_MAX, PIXEL_FRACTION, WIDE_MAX, Layer, Part
from aecodec.train.grid.export import put_layer, take_layer
from aecodec.train.grid.lapped import Lapped, prefilter
from aecodec.train.grid.loop import Training
from aecodec.train.grid.optimizer import orthogonal
from aecodec.train.grid.pictures import open_cache
from aecodec.train.grid.precision import prefers_bfloat16
from aecodec.train.grid.rate import share_below, symbol_bits
from aecodec.train.grid.rounding import columns, compensated, settle
from aecodec.train.grid.validation import middle
from tests.train.grid.runs import CPU, TINY, check_equal

pytestmark = pytest.mark.usefixtures("one_thread")


# --- arithmetic --------------------------------------------------------------------------------------


@given(st.integers(0, 2**32 - 1))
def test_a_layer_in_integers_is_the_engines(seed: int) -> None:
    """For random shapes, weights and inputs, at the limits of their values as well."""
    random = np.random.default_rng(seed)
    torch.manual_seed(seed)
    sees = int(random.choice([FRACTION, PIXEL_FRACTION]))
    parts = [
        Part(
            int(random.integers(1, 6)),
            3 if cross else int(random.choice([1, 3])),
            cross,
            bool(random.integers(2)),
            sees,
        )
        for cross in random.integers(0, 2, random.integers(1, 4)).astype(bool)
    ]
    relu, seen = (bool(n) for n in random.integers(0, 2, 2))
    outputs, fraction = int(random.integers(1, 6)), int(random.choice([FRACTION, PIXEL_FRACTION]))
    layer = Layer(parts, outputs, relu=relu, quality=seen, fraction=fraction)
    with torch.no_grad():
        for each in layer.parameters():
            each.copy_(torch.randn(each.shape) * float(random.choice([0.003, 0.2, 3.0])))
    layer.integer = layer.exact = True
    arrays: dict[str, NDArray[Any]] = {}
    put_layer(arrays, "layer", layer)
    largest = [WIDE_MAX if part.wide else NARROW_MAX for part in parts]
    built = engine.build_layer(
        arrays,
        "layer",
        [engine.Part(part.channels, most, part.cross) for part, most in zip(parts, largest, strict=True)],
        *layer.limits,
    )
    grids = [
        random.integers(-most if part.wide else 0, most + 1, (2, 5, 4, part.channels))
        for part, most in zip(parts, largest, strict=True)
    ]
    quality = int(random.integers(0, 101))
    found = built([Sheet.of(grid, np.float64) for grid in grids], quality, np.float64).inner
    inputs = [torch.from_numpy(grid.transpose(0, 3, 1, 2) / 2.0**sees) for grid in grids]
    with torch.no_grad():
        expected = layer(inputs, torch.full((2,), float(quality))) * 2.0**layer.fraction
    assert np.array_equal(found, expected.numpy().transpose(0, 2, 3, 1))
    again = Layer(parts, layer.outputs, relu=relu, quality=seen, fraction=layer.fraction)
    with torch.no_grad():
        take_layer(arrays, "layer", again)
    back: dict[str, NDArray[Any]] = {}
    again.integer = True
    put_layer(back, "layer", again)
    whole_steps = {name: array for name, array in arrays.items() if name.endswith("shift")}
    for name, shift in whole_steps.items():
        assert (back[name] >= shift).all()  # the same weights, perhaps on a finer grid


def test_rounding_errors_cancel_out() -> None:
    """Where inputs have much in common; those of a checkerboard's second half as well."""
    torch.manual_seed(1)
    quality = torch.full((1,), 40.0)
    for parts in ([Part(24, 3)], [Part(12, 1), Part(12, 3, wide=True), Part(12, 3, cross=True, wide=True)]):
        layer = Layer(parts, 16, relu=False, quality=True)
        shared = torch.randn(1, 6, 12, 12)
        inputs = [
            torch.einsum("ij,bjhw->bihw", torch.randn(part.channels, 6), shared).abs()
            + 0.1 * torch.rand(1, part.channels, 12, 12)
            for part in parts
        ]
        rows = columns(layer, EVERY, inputs, 40).double()
        halves = torch.arange(12)[:, None] + torch.arange(12)
        seen = [x * (halves % 2 == 0) if part.cross else x for x, part in zip(inputs, parts, strict=True)]

        def outputs(layer: Layer = layer, seen: list[torch.Tensor] = seen) -> torch.Tensor:
            with torch.no_grad():
                return layer.accumulate(seen, layer.kernels(), quality)

        exact = outputs()
        layer.integer = True
        nearest = outputs()
        with torch.no_grad():
            settle(layer, EVERY, rows.T @ rows)
        settled = outputs()
        assert (settled - exact).square().mean() < 0.3 * (nearest - exact).square().mean()
        layer.integer = False
        assert torch.equal(settled, outputs())  # integer mode finds nothing left to round


def test_a_rounded_copy_is_on_its_grids_and_always_the_same(cache: Path) -> None:
    model = Training(TINY, open_cache(cache), [], CPU).average
    before = {name: value.clone() for name, value in model.state_dict().items()}
    pictures = [(middle(open_cache(cache).picture(number)), 30.0 * number) for number in range(3)]
    made = compensated(model, pictures)
    for name, layer in made.layers():
        for group in layer.groups:
            weights, bias, quality = layer.quantized(group)
            pairs = zip(weights, layer.masked()[group], strict=True)
            assert all(torch.equal(found, weight) for found, weight in pairs), name
            if not group.start:
                assert torch.equal(bias, layer.bias)
                assert quality is None or torch.equal(quality, layer.quality)
    check_equal(compensated(model, pictures).state_dict(), made.state_dict())
    check_equal(model.state_dict(), before)


def test_orthogonal_matrices_are_nearly_so() -> None:
    for shape in ((6, 20), (20, 6), (9, 9)):
        values = torch.linalg.svdvals(orthogonal(torch.randn(shape, generator=torch.Generator().manual_seed(1))))
        assert values.min() > 0.3 and values.max() < 1.3
    assert not orthogonal(torch.zeros(3, 4)).any()


def test_bfloat16_leaves_what_must_be_fine_alone(cache: Path, tmp_path: Path) -> None:
    training = Training(TINY, open_cache(cache), [], CPU)
    pixels = torch.rand(1, 3, 64, 64) - 0.5
    with torch.autocast("cpu", torch.bfloat16):
        assert training.model.analysis.stem([torch.rand(1, 48, 16, 16)]).dtype == torch.bfloat16
        seen = training.model(pixels, torch.full((1,), 50.0), torch.Generator().manual_seed(1))
        assert training.model.analysis(pixels).dtype == torch.float32
    assert seen.pixels.dtype == seen.bits.dtype == seen.hyper_bits.dtype == torch.float32
    assert [prefers_bfloat16(name, training.model, CPU, 1) for name in ("bfloat16", "float32")] == [True, False]
    assert prefers_bfloat16("auto", training.model, CPU, 1) in (True, False)


# --- the loop ----------------------------------------------------------------------------------------


def test_filters_begin_as_a_lapped_transform() -> None:
    """Which takes nothing from a constant, and whose way back is exact; of correlated samples it gains over blocks."""
    before, after = Lapped(prefilter()), Lapped(prefilter().inverse())
    samples = torch.rand(2, 3, 48, 64, generator=torch.Generator().manual_seed(1)) - 0.5
    assert torch.allclose(after(before(samples)), samples, atol=1e-5)
    assert torch.allclose(before(torch.ones(1, 1, 48, 64)), torch.ones(1, 1, 48, 64), atol=1e-5)
    assert torch.equal(before(samples[..., :16, :16]), samples[..., :16, :16])
    place = torch.arange(64, dtype=torch.float64)
    correlated = 0.95 ** (place[:, None] - place).abs()
    waves = torch.cos(torch.pi * (2 * place[:16] + 1) * place[:16, None] / 32)
    blocks = torch.kron(torch.eye(4, dtype=torch.float64), waves / waves.norm(dim=1, keepdim=True))
    lapped = torch.eye(64, dtype=torch.float64)
    for border in (16, 32, 48):
        lapped[border - 8 : border + 8, border - 8 : border + 8] = prefilter()
    gains = []
    for transform in (blocks, blocks @ lapped):
        power = (transform @ correlated @ transform.T).diagonal() * transform.inverse().square().sum(0)
        gains.append(-10 * power[16:32].log10().mean())
    assert gains[1] - gains[0] > 0.4


# --- the command -------------------------------------------------------------------------------------


@pytest.mark.parametrize("octave", [-3.0, -0.5, 0.0, 1.0, 4.0])
def test_bits_are_those_of_a_distribution(octave: float) -> None:
    """Which has the deviation that is asked for, and the shape that tables begin with; it can be learned anywhere."""
    deviation = 2.0**octave
    values = torch.arange(-4000, 4001, dtype=torch.float64).requires_grad_()
    scale = torch.full_like(values, octave).requires_grad_()
    bits = symbol_bits(values, scale)
    likely = torch.exp2(-bits.detach())[(values.abs() < 40 * deviation).detach()]
    assert likely.sum().item() == pytest.approx(1, abs=1e-4)
    squared = (likely * values.detach()[values.abs() < 40 * deviation].square()).sum().item()
    assert squared == pytest.approx(deviation**2, rel=0.03, abs=0.1)  # a unit interval's own is 1/12
    for away in (0, 1, 2, 7):
        expected = share_below(away + 0.5, deviation) - share_below(away - 0.5, deviation)
        assert away > 24 * deviation or 2 ** -bits[4000 + away].item() == pytest.approx(expected, rel=0.001)
    bits.sum().backward()
    assert torch.isfinite(values.grad).all() and torch.isfinite(scale.grad).all()
    assert (values.grad[4001:] > 0).all() and (values.grad[:4000] < 0).all()
