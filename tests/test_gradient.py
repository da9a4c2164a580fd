"""The gradient against automatic differentiation, its bound, and equal bits however it is run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from aecodec.errors import ModelError
from aecodec.exact import Chain, Gradient, build_chain
from aecodec.exact.moves import pixel_shuffle, pixel_unshuffle, windows
from aecodec.exact.operations import OPERATIONS, Add, Concat, Conv, Dense, Operation, Round
from aecodec.exact.operations.protocol import Given, Passed, Value
from aecodec.exact.product import Product
from aecodec.frozen import dataclass
from aecodec.limits import WORK_OF_VALUE
from tests.checks import check_error, check_same, run_python
from tests.made import made_tensors

Arrays = dict[str, NDArray[Any]]
Entries = list[dict[str, Any]]
Parts = tuple[NDArray[np.int8], NDArray[np.int32], NDArray[np.int8]]  # weight, bias, shift


# --- the reference: automatic differentiation in float64 ---------------------------------------


def passed(acc: Tensor, value: Tensor, through: Tensor | bool = True) -> Tensor:
    """``value``, with the gradient of ``acc`` where ``through``."""
    return value + (acc - acc.detach()) * through


def plain(tensors: Arrays, entries: Entries, start: Tensor) -> Tensor:
    """The chain ``net`` on ``start`` ``[B, ...]``, channels last; rounding is passed straight through."""
    x, number = start, 0
    for entry in entries:
        op = entry["op"]
        if op in ("dense", "conv", "add"):
            parts = (tensors[f"net.{number}.{part}"] for part in ("weight", "bias", "shift"))
            weight, bias, shift = (torch.from_numpy(part.astype(np.float64)) for part in parts)
            number += 1
        if op == "dense":
            acc = F.linear(x, weight, bias) * torch.exp2(-shift)
        elif op == "conv":
            acc = F.conv2d(
                x.permute(0, 3, 1, 2), weight.permute(0, 3, 1, 2), bias, entry["stride"], weight.shape[1] // 2
            )
            acc = acc.permute(0, 2, 3, 1) * torch.exp2(-shift)
        elif op == "add":
            acc = F.linear(start.flatten(1), weight, bias) * torch.exp2(-shift)
            x = x + passed(acc, torch.floor(acc + 0.5).clamp(entry["low"], entry["high"])).reshape(x.shape)
        elif op == "round":
            acc = x * 2.0 ** -entry["shift"]
            x = passed(acc, torch.floor(acc + 0.5).clamp(entry["low"], entry["high"]))
        elif op == "flatten":
            x = x.flatten(1)
        elif op == "concat":
            x = torch.cat([x, start.flatten(1)], 1)
        elif op == "reshape":
            x = x.reshape(-1, *entry["shape"])
        elif op == "shuffle":
            x = F.pixel_shuffle(x.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
        if op in ("dense", "conv"):
            value = torch.floor(acc + 0.5).clamp(entry["low"], entry["high"])
            x = passed(acc, value, (value > entry["low"]) & (value < entry["high"]))
    return x


def products(gradient: Gradient) -> Iterator[tuple[Operation, Product | None]]:
    """The steps from the last to the first, and what each multiplies gradients by."""
    for step, back in zip(reversed(gradient._steps), gradient._backs, strict=True):
        product = getattr(back, "product", None)
        assert isinstance(product, Product) == step.weighted
        yield step, product


def tolerance(gradient: Gradient) -> float:
    """How far the grids may lead :meth:`Gradient.pull` astray: each product rounds by half its grid."""
    astray = direct = 0.0
    for step, product in products(gradient):
        if isinstance(step, Round):
            astray *= 2.0**-step.shift
        elif isinstance(step, Concat):
            direct += astray
        elif product is not None:
            after = float(np.abs(product.matrix).sum(0).max()) * product.unit * (astray + product.grid / 2)
            direct += after if isinstance(step, Add) else 0.0
            astray = astray if isinstance(step, Add) else after
    return astray + direct


# --- made chains -----------------------------------------------------------------------------


def draw(rng: np.random.Generator, arrays: Arrays, shape: tuple[int, ...], largest: int, wanted: float) -> None:
    """The chain's next layer: its outputs reach about ``wanted``, each on a grid of its own."""
    number = len(arrays) // 3
    weight = rng.integers(-127, 128, shape).astype(np.int8)
    typical = largest * 40 * math.sqrt(weight[0].size)
    shift = round(math.log2(typical / wanted)) + rng.integers(-1, 2, shape[0])
    arrays[f"net.{number}.weight"] = weight
    arrays[f"net.{number}.bias"] = rng.integers(-int(typical) // 4, int(typical) // 4 + 1, shape[0]).astype(np.int32)
    arrays[f"net.{number}.shift"] = shift.astype(np.int8)


def made_chain(seed: int) -> tuple[Arrays, Entries, tuple[int, int, int]]:
    """Tensors, description and input shape of a random chain ``net`` with each op and both strides."""
    rng = np.random.default_rng(seed)
    height, width, channels, first, second, grid = (int(n) for n in rng.integers(1, 6, 6))
    kernels = [int(k) for k in rng.choice([1, 3, 5], 3)]
    arrays: Arrays = {}
    flat = second * (-(-height // 2)) * (-(-width // 2)) + height * width * channels
    draw(rng, arrays, (first, kernels[0], kernels[0], channels), 127, 100)
    draw(rng, arrays, (second, kernels[1], kernels[1], first), 255, 150)
    draw(rng, arrays, (2 * grid * 8, flat), 255, 200)
    draw(rng, arrays, (2, kernels[2], kernels[2], 2), 255, 800)
    draw(rng, arrays, (2 * 2 * grid * 2 * 2, height * width * channels), 127, 800)
    relu = {"low": 0, "high": 255}
    entries: Entries = [
        {"op": "conv", "stride": 1, **relu},
        {"op": "conv", "stride": 2, "low": -120, "high": 130},
        {"op": "flatten"},
        {"op": "concat"},
        {"op": "dense", **relu},
        {"op": "reshape", "shape": [2, grid, 8]},
        {"op": "shuffle"},
        {"op": "conv", "stride": 1, "low": -400, "high": 500},
        {"op": "add", "low": -700, "high": 700},
        {"op": "round", "shift": 3, **relu},
    ]
    return arrays, entries, (height, width, channels)


def built(seed: int, count: int = 6) -> tuple[Chain, NDArray[np.float32], NDArray[np.float64]]:
    """A chain, inputs of it and errors of its output."""
    arrays, entries, shape = made_chain(seed)
    chain = build_chain(arrays, "net", entries, shape, 127)
    rng = np.random.default_rng(seed + 1)
    x = rng.integers(-127, 128, (count, *shape)).astype(np.float32)
    error = rng.integers(-255, 256, (count, *chain.output_shape)).astype(np.float64)
    return chain, x, error


def check_gradient(
    arrays: Arrays, entries: Entries, chain: Chain, x: NDArray[np.float32], error: NDArray[np.float64]
) -> float:
    """The pull is the reference's to within the grids; returns how large that is, the grids as 1."""
    gradient = Gradient(chain, 255)
    trace = gradient.forward(x)
    check_same(trace[-1], chain(x))
    start = torch.from_numpy(x.astype(np.float64)).requires_grad_()
    output = plain(arrays, entries, start)
    np.testing.assert_array_equal(output.detach().numpy(), trace[-1])
    expected = torch.autograd.grad(output, start, torch.from_numpy(error))[0].flatten(1).numpy()
    found = gradient.pull(trace, error)
    assert found.shape == expected.shape and found.dtype == np.float64
    within = tolerance(gradient)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=within)
    return float(np.abs(expected).max() / within)


# --- what it is ------------------------------------------------------------------------------


def test_made_chains_have_every_op() -> None:
    assert sorted({entry["op"] for entry in made_chain(0)[1]}) == sorted(OPERATIONS)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_pull_equals_autograd(seed: int) -> None:
    arrays, entries, _ = made_chain(seed)
    check_gradient(arrays, entries, *built(seed))


@pytest.mark.parametrize("every_op", [False, True])
@pytest.mark.parametrize("prefix", ["analysis", "synthesis"])
def test_pull_of_the_made_model(prefix: str, every_op: bool) -> None:
    tensors, description = made_tensors(seed=4, every_op=every_op)
    arrays = {n.replace(prefix, "net"): tensor for n, tensor in tensors.items() if n.startswith(prefix)}
    shape, largest = ((8, 8, 1), 255) if prefix == "analysis" else ((6,), 127)
    chain = build_chain(arrays, "net", description[prefix], shape, largest)
    rng = np.random.default_rng(5)
    x = rng.integers(-3, 4, (20, *shape)).astype(np.float32)
    error = rng.integers(-255, 256, (20, *chain.output_shape)).astype(np.float64)
    assert check_gradient(arrays, description[prefix], chain, x, error) > 30


def test_by_hand() -> None:
    """Two inputs; the second output is clipped, so only the first one's weights come back."""
    arrays = layer([[3, -5], [100, 1]], [1, 0])
    chain = build_chain(arrays, "net", [{"op": "dense", "low": -50, "high": 50}], (2,), 9)
    gradient = Gradient(chain, 255)
    trace = gradient.forward(np.array([[9, 2]], np.float32))
    assert trace[-1].tolist() == [[9, 50]]  # 17 / 2 goes up
    assert gradient.pull(trace, np.array([[4.0, 7.0]])).tolist() == [[6, -10]]


def test_no_error_no_gradient() -> None:
    chain, x, error = built(11)
    gradient = Gradient(chain, 255)
    assert not gradient.pull(gradient.forward(x), np.zeros_like(error)).any()


def test_arguments_stay_as_they_are() -> None:
    chain, x, error = built(12)
    gradient = Gradient(chain, 255)
    trace = gradient.forward(x)
    before = [each.copy() for each in (*trace, error)]
    gradient.pull(trace, error)
    for ours, theirs in zip((*trace, error), before, strict=True):
        check_same(ours, theirs)


@dataclass(frozen=True)
class Doubled(Operation):
    """An operation that no model has."""

    @classmethod
    def build(cls, given: Given) -> Doubled:
        value = given.value
        return cls(value, Value(value.shape, 2 * value.low, 2 * value.high))

    def __call__(self, x: NDArray[np.float32], start: NDArray[np.float32]) -> NDArray[np.float32]:
        return x + x

    def backward(self, bound: float) -> Passed:
        return Passed(2 * bound, lambda gradient, before: (2 * gradient, None))


def test_an_operation_is_known_by_its_class_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [{"op": "doubled"}, {"op": "dense", "low": -50, "high": 50}]
    check_error(ModelError, lambda: build_chain(layer([[1, 3]], [1]), "net", entries, (2,), 9))
    monkeypatch.setattr("aecodec.exact.chain.OPERATIONS", {**OPERATIONS, "doubled": Doubled})
    chain = build_chain(layer([[1, 3]], [1]), "net", entries, (2,), 9)
    assert chain.work == 2 * WORK_OF_VALUE + 2 and chain.steps[0].after.largest == 18
    gradient = Gradient(chain, 255)
    trace = gradient.forward(np.array([[4, -2]], np.float32))
    assert [each.tolist() for each in trace] == [[[4, -2]], [[8, -4]], [[-2]]]
    assert gradient.pull(trace, np.array([[5.0]])).tolist() == [[5, 15]]


# --- the same bits ---------------------------------------------------------------------------


def bits(values: NDArray[np.float64]) -> bytes:
    """Of the values; the sign of a zero means nothing."""
    return (values + 0.0).tobytes()


@pytest.mark.parametrize("seed", range(8))
def test_rows_do_not_depend_on_the_batch(seed: int) -> None:
    chain, x, error = built(seed, 7)
    gradient = Gradient(chain, 255)
    whole = gradient.pull(gradient.forward(x), error)
    assert whole.any()
    for size in (1, 3):
        for at in range(0, 7, size):
            part = slice(at, at + size)
            assert bits(gradient.pull(gradient.forward(x[part]), error[part])) == bits(whole[part])


@pytest.mark.parametrize("shifts", [(3, 4), (-3, 12)])
def test_order_of_summation_does_not_matter(shifts: tuple[int, int]) -> None:
    """Hidden units in another order are summed in another order; so are the outputs of a last layer."""
    rng = np.random.default_rng(7)
    latents, hidden, outputs = 20, 300, 500
    inner = rng.integers(-30, 31, (hidden, latents)).astype(np.int8)
    outer = rng.integers(-127, 128, (outputs, hidden)).astype(np.int8)
    shift = rng.integers(*shifts, hidden, endpoint=True).astype(np.int8)
    entries: Entries = [{"op": "dense", "low": 0, "high": 255}, {"op": "dense", "low": -255, "high": 255}]
    x = rng.integers(-9, 10, (4, latents)).astype(np.float32)
    error = rng.integers(-255, 256, (4, outputs)) / 2

    def pull(units: NDArray[np.intp], ends: NDArray[np.intp]) -> bytes:
        arrays = layer(inner[units], shift[units]) | layer(outer[ends][:, units], np.full(outputs, 11), 1)
        gradient = Gradient(build_chain(arrays, "net", entries, (latents,), 9), 255)
        found = gradient.pull(gradient.forward(x), error[:, ends])
        assert found.any()
        return bits(found)

    expected = pull(np.arange(hidden), np.arange(outputs))
    for _ in range(5):
        assert pull(rng.permutation(hidden), rng.permutation(outputs)) == expected


THREADED = """
import hashlib, numpy as np
from tests.made import made_model
from aecodec.zoo import load_model
model = load_model(made_model(tile=(32, 32), latents=40, every_op=True)).tiles.networks
rng = np.random.default_rng(0)
digest = hashlib.sha256()
for batch in (1, 7, 200):
    trace = model.gradient.forward(rng.integers(-3, 4, (batch, 40)).astype(np.float32))
    found = model.gradient.pull(trace, rng.integers(-255, 256, (batch, 32, 32, 1)).astype(np.float64))
    digest.update((found + 0.0).tobytes())
print(digest.hexdigest())
"""


def test_the_same_bits_on_any_number_of_threads() -> None:
    found = {threads: run_python(THREADED, threads=threads) for threads in (1, 2, 4)}
    assert len(set(found.values())) == 1, found
    assert len(found[1].strip()) == 64


# --- the bound -------------------------------------------------------------------------------


def layer(weight: Any, shift: Any, number: int = 0) -> Arrays:
    """A layer's tensors, without a bias."""
    weight = np.array(weight, np.int8)
    return {
        f"net.{number}.weight": weight,
        f"net.{number}.bias": np.zeros(len(weight), np.int32),
        f"net.{number}.shift": np.array(shift, np.int8),
    }


def check_sums(gradient: Gradient, error_max: int) -> None:
    """In Python's rationals: no sum of a product reaches 2**53, whatever the incoming gradients."""
    largest = Fraction(error_max)
    for step, product in products(gradient):
        if isinstance(step, Round):
            largest /= 1 << step.shift
        elif product is not None:
            columns = [sum(abs(int(n)) for n in column) for column in product.matrix.T]
            given = math.floor(largest / Fraction(product.grid) + Fraction(1, 2))
            assert given * max(columns) < 2**53
            after = given * max(columns) * Fraction(product.unit) * Fraction(product.grid)
            largest = largest if isinstance(step, Add) else after
            assert isinstance(step, Add) or after <= Fraction(product.bound) * (1 + Fraction(1, 2**50))


def uniform(rows: int, columns: int, value: int, shifts: tuple[int, ...], number: int) -> Arrays:
    """All weights alike; the outputs take ``shifts`` in turn."""
    return layer(np.full((rows, columns), value), np.resize(shifts, rows), number)


@pytest.mark.parametrize("shifts", [(-7,), (20,), (0,), (-7, 20), (-7, 0, 9, 20)])
@pytest.mark.parametrize("error_max", [1, 3, 255])
def test_sums_of_the_largest_weights_stay_below_2_53(shifts: tuple[int, ...], error_max: int) -> None:
    bit = {"low": 0, "high": 1}
    arrays = {**uniform(400, 500, 127, shifts, 0), **uniform(500, 400, -127, shifts, 1)}
    arrays |= uniform(500, 500, 127, shifts, 2)
    entries: Entries = [{"op": "dense", **bit}, {"op": "dense", **bit}, {"op": "add", **bit}]
    entries.append({"op": "round", "shift": 1, **bit})
    gradient = Gradient(build_chain(arrays, "net", entries, (500,), 1), error_max)
    check_sums(gradient, error_max)


@pytest.mark.parametrize("value", [1, 3, 100])
@pytest.mark.parametrize("rows", [2, 3, 60])
@pytest.mark.parametrize("shifts", [(-15, 22), (-14, 23), (-12, 24), (-16, 24), (-8, 20)])
def test_sums_of_deep_and_uneven_chains(rows: int, value: int, shifts: tuple[int, int]) -> None:
    """Where grids so far apart meet that few bits of a gradient are left, what rounding adds counts."""
    value = max(1, min(value, (1 << (22 + min(shifts))) // rows))
    rows = min(rows, 1 << (22 + min(shifts)))
    arrays: Arrays = {}
    for number in range(12):
        arrays |= uniform(rows, rows, value, shifts, number)
    entries: Entries = [{"op": "dense", "low": 0, "high": 1}] * 12
    chain = build_chain(arrays, "net", entries, (rows,), 1)
    for error_max in (1, 3, 5, 255):
        check_sums(Gradient(chain, error_max), error_max)


@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e6))
def test_a_product_of_any_matrix_stays_below_2_53(seed: int, bound: float) -> None:
    rng = np.random.default_rng(seed)
    shape = tuple(int(n) for n in rng.integers(1, 30, 2))
    matrix = rng.integers(-127, 128, shape) * 2.0 ** -rng.integers(-16, 25, (shape[0], 1))
    product = Product.of(matrix, bound)
    np.testing.assert_array_equal(product.matrix * product.unit, matrix)
    largest = np.rint(bound / product.grid)
    assert int(largest) * max(sum(abs(int(n)) for n in column) for column in product.matrix.T) < 2**53
    assert np.abs(product(np.where(rng.integers(0, 2, (5, shape[0])), bound, -bound))).max() <= product.bound


def test_all_weights_zero() -> None:
    chain = build_chain(uniform(3, 2, 0, (1,), 0), "net", [{"op": "dense", "low": -9, "high": 9}], (2,), 9)
    gradient = Gradient(chain, 255)
    assert gradient.pull(gradient.forward(np.ones((2, 2), np.float32)), np.ones((2, 3))).tolist() == [[0, 0]] * 2


def test_too_steep() -> None:
    """A chain may be sound and yet its gradient beyond float64."""
    steep = {number: uniform(1, 1, 1, (-20,), number) for number in range(60)}
    arrays = {name: tensor for each in steep.values() for name, tensor in each.items()}
    chain = build_chain(arrays, "net", [{"op": "dense", "low": 0, "high": 1}] * 60, (1,), 1)
    check_error(ModelError, lambda: Gradient(chain, 255))


# --- the ways back of layers -----------------------------------------------------------------


def test_unshuffle_is_the_way_back() -> None:
    x = np.arange(2 * 3 * 5 * 12, dtype=np.float32).reshape(2, 3, 5, 12)
    check_same(pixel_unshuffle(pixel_shuffle(x)), x)
    y = np.arange(2 * 6 * 10 * 3, dtype=np.float32).reshape(2, 6, 10, 3)
    check_same(pixel_shuffle(pixel_unshuffle(y)), y)
    assert pixel_unshuffle(y.astype(np.float64)).dtype == np.float64


@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [(1, 1), (4, 5), (7, 2)])
def test_windows_equal_loops(kernel: int, stride: int, size: tuple[int, int]) -> None:
    x = np.random.default_rng(kernel).integers(-99, 100, (2, *size, 3)).astype(np.float64)
    rows = []
    for n in range(2):
        for y in range(0, size[0], stride):
            for x_at in range(0, size[1], stride):
                row = []
                for i, j, c in np.ndindex(kernel, kernel, 3):
                    above, beside = y + i - kernel // 2, x_at + j - kernel // 2
                    inside = 0 <= above < size[0] and 0 <= beside < size[1]
                    row.append(x[n, above, beside, c] if inside else 0.0)
                rows.append(row)
    ((part, found),) = windows(x, kernel, stride)
    assert part == slice(0, 2)
    check_same(found, np.array(rows))


def test_windows_come_in_parts_that_a_cache_holds() -> None:
    x = np.random.default_rng(1).integers(0, 256, (200, 14, 14, 8)).astype(np.float32)
    (_, first), *_ = windows(x[:1], 3)
    parts = [(part, rows.copy()) for part, rows in windows(x, 3)]
    assert len(parts) > 5 and max(rows.nbytes for _, rows in parts) <= 1 << 20
    assert [part.start for part, _ in parts[1:]] == [part.stop for part, _ in parts[:-1]]
    assert parts[-1][0].stop == len(x)
    check_same(parts[0][1][: len(first)], first)
    alone = [rows.copy() for picture in x for _, rows in windows(picture[None], 3)]
    check_same(np.concatenate([rows for _, rows in parts]), np.concatenate(alone))


def test_made_chains_reach_past_their_clips() -> None:
    """What the reference is compared on: values inside every clip, and at its ends."""
    chain, x, _ = built(4, 50)
    trace = Gradient(chain, 255).forward(x)
    for step, after in zip(chain.steps, trace[1:], strict=True):
        if isinstance(step, Dense | Conv):
            clipped = ((after <= step.after.low) | (after >= step.after.high)).mean()
            assert 0.01 < clipped < 0.99
