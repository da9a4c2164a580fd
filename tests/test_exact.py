"""Integer layers against plain int64, their bound, and equal bits however they are run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from aecodec.errors import ModelError
from aecodec.exact import Affine, build_chain, scaled_affine
from aecodec.limits import EXACT_FLOAT32
from tests.checks import check_error, check_same, run_python
from tests.made import made_tensors

Ints = NDArray[np.int64]
Arrays = dict[str, NDArray[Any]]
WIDE = 1 << 26  # clips nothing


# --- the reference: formats/aec.md, section 9, in Python integers and loops ---------------------


def requantize(acc: int, shift: int, low: int, high: int) -> int:
    """floor(acc * 2**-shift + 1/2), clipped."""
    value = (2 * acc + (1 << shift)) >> (shift + 1) if shift >= 0 else acc << -shift
    return min(max(value, low), high)


def plain_dense(x: Ints, weight: Any, bias: Any, shift: Any, low: int, high: int) -> Ints:
    """``[n, inputs] -> [n, outputs]``."""
    acc = np.einsum("ni,oi->no", x.astype(np.int64), weight.astype(np.int64)) + bias.astype(np.int64)
    out = [[requantize(int(v), int(s), low, high) for v, s in zip(row, shift, strict=True)] for row in acc]
    return np.array(out, np.int64).reshape(acc.shape)


def plain_conv(x: Ints, weight: Any, bias: Any, shift: Any, stride: int, low: int, high: int) -> Ints:
    """``[n, H, W, C] -> [n, ceil(H / stride), ceil(W / stride), outputs]``, a loop for each index."""
    count, height, width, channels = x.shape
    outputs, kernel = weight.shape[:2]
    pad = kernel // 2
    out = np.zeros((count, -(-height // stride), -(-width // stride), outputs), np.int64)
    for n, y, x_at, o in np.ndindex(*out.shape):
        acc = int(bias[o])
        for row, column, c in np.ndindex(kernel, kernel, channels):
            above, beside = y * stride + row - pad, x_at * stride + column - pad
            if 0 <= above < height and 0 <= beside < width:
                acc += int(weight[o, row, column, c]) * int(x[n, above, beside, c])
        out[n, y, x_at, o] = requantize(acc, int(shift[o]), low, high)
    return out


def units(reach: int, shift: int) -> int:
    """The largest partial sum of a layer, in units of its grid; must stay below 2**24."""
    return reach + (1 << (shift - 1)) if shift > 0 else (reach << (1 - shift)) + 1


def as_integers(x: NDArray[np.float32]) -> Ints:
    """The layer's output, which must hold integers in float32."""
    assert x.dtype == np.float32
    found = x.astype(np.int64)
    np.testing.assert_array_equal(found, x)
    return found


def random_layer(rng: np.random.Generator, shape: tuple[int, ...], input_max: int) -> tuple[Any, Any, Any]:
    """Weight, bias and, for each output, a shift drawn from all that the bound allows."""
    weight = rng.integers(-127, 128, shape).astype(np.int8)
    bias = rng.integers(-20_000, 20_001, shape[0]).astype(np.int32)
    reach = input_max * np.abs(weight.astype(int)).reshape(shape[0], -1).sum(1) + np.abs(bias)
    allowed = [[s for s in range(-31, 32) if units(int(r), s) < EXACT_FLOAT32] for r in reach]
    return weight, bias, np.array([rng.choice(each) for each in allowed], np.int8)


# --- affine maps -----------------------------------------------------------------------------


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 9), st.sampled_from([1, 127, 255]))
def test_dense_equals_integers(seed: int, inputs: int, outputs: int, input_max: int) -> None:
    rng = np.random.default_rng(seed)
    weight, bias, shift = random_layer(rng, (outputs, inputs), input_max)
    x = rng.integers(-input_max, input_max + 1, (5, inputs))
    extremes = np.sign(weight.astype(np.int64)) * input_max  # the largest sum of each output
    x = np.concatenate([x, extremes, -extremes])
    for low, high in ((-WIDE, WIDE), (0, 255), (-7, 3)):
        layer = scaled_affine(weight, bias, shift, input_max=input_max, low=low, high=high)
        found = as_integers(layer(x.astype(np.float32)))
        np.testing.assert_array_equal(found, plain_dense(x, weight, bias, shift, low, high))


@pytest.mark.parametrize(
    ("shift", "sums"),
    [
        (1, {-3: -1, -2: -1, -1: 0, 0: 0, 1: 1, 2: 1, 3: 2}),  # halves go up, below zero as well
        (2, {-7: -2, -6: -1, -2: 0, -3: -1, 1: 0, 2: 1, 5: 1, 6: 2}),
        (0, {-5: -5, 5: 5}),
        (-1, {-5: -10, 5: 10}),
        (-4, {-3: -48, 1: 16}),
    ],
)
def test_rounding_by_hand(shift: int, sums: dict[int, int]) -> None:
    one, none, shifts = np.array([[1]], np.int8), np.array([0], np.int32), np.array([shift], np.int8)
    layer = scaled_affine(one, none, shifts, input_max=10, low=-WIDE, high=WIDE)
    for before, after in sums.items():
        assert layer(np.array([[before]], np.float32)).tolist() == [[after]]


def layer_of_reach(reach: int, shift: int, sign: int) -> tuple[Affine, Ints, Any, Any, Any]:
    """A layer of one output whose extreme sum is exactly ``sign * reach``, and that extreme input."""
    count = min(reach // (255 * 127), 500)
    weight = np.full((1, count + 1), 127 * sign, np.int64)
    weight[0, 1::2] *= -1
    weight[0, -1] = 0
    bias = sign * (reach - 255 * 127 * count)
    x = np.sign(weight) * sign * 255
    tensors = weight.astype(np.int8), np.array([bias], np.int32), np.array([shift], np.int8)
    return scaled_affine(*tensors, input_max=255, low=-WIDE, high=WIDE), x, *tensors


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("shift", [-23, -22, -10, -3, -1, 0, 1, 2, 7, 12, 20, 23, 24])
def test_bound_to_the_unit(shift: int, sign: int) -> None:
    largest = max(r for r in _around_bound(shift) if units(r, shift) < EXACT_FLOAT32)
    assert units(largest + 1, shift) >= EXACT_FLOAT32
    layer, x, *tensors = layer_of_reach(largest, shift, sign)
    found = as_integers(layer(x.astype(np.float32)))
    np.testing.assert_array_equal(found, plain_dense(x, *tensors, -WIDE, WIDE))
    np.testing.assert_array_equal(as_integers(layer(-x.astype(np.float32))), plain_dense(-x, *tensors, -WIDE, WIDE))
    check_error(ModelError, lambda: layer_of_reach(largest + 1, shift, sign))


def _around_bound(shift: int) -> range:
    at = EXACT_FLOAT32 >> (1 - shift) if shift <= 0 else EXACT_FLOAT32 - (1 << (shift - 1))
    return range(max(at - 2, 0), at + 3)


def test_one_output_over_the_bound_refuses_the_layer() -> None:
    weight = np.zeros((3, 1), np.int8)
    shift = np.zeros(3, np.int8)
    bias = np.array([0, (1 << 23) - 1, 5], np.int32)
    scaled_affine(weight, bias, shift, input_max=1, low=0, high=1)
    bias[1] += 1
    check_error(ModelError, lambda: scaled_affine(weight, bias, shift, input_max=1, low=0, high=1))


@pytest.mark.parametrize("shift", [-128, -33, -32, 25, 31, 32, 64, 127])
def test_impossible_shifts(shift: int) -> None:
    """From 25 on, the rounding half alone leaves float32; beyond 31 nothing is allowed."""
    zero = np.zeros((1, 1), np.int8), np.zeros(1, np.int32), np.array([shift], np.int8)
    check_error(ModelError, lambda: scaled_affine(*zero, input_max=1, low=0, high=1))


@pytest.mark.parametrize("bias", [-(1 << 31), (1 << 31) - 1, -(1 << 30), 1 << 24])
def test_the_bound_does_not_wrap_around(bias: int) -> None:
    """2**31 units shifted left by 32 are 0 in 64 bits; the layer must still be refused."""
    for shift in (-31, -30, -20):
        tensors = np.ones((1, 1), np.int8), np.array([bias], np.int32), np.array([shift], np.int8)
        check_error(ModelError, lambda t=tensors: scaled_affine(*t, input_max=1, low=0, high=1))


# --- chains ----------------------------------------------------------------------------------


def one_step(tensors: Arrays, entry: dict[str, Any], shape: tuple[int, ...], input_max: int = 255) -> Any:
    return build_chain(tensors, "net", [entry], shape, input_max)


def layer_tensors(weight: Any, bias: Any, shift: Any, number: int = 0) -> Arrays:
    return {f"net.{number}.weight": weight, f"net.{number}.bias": bias, f"net.{number}.shift": shift}


@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [(1, 1), (2, 5), (6, 7)])
def test_conv_equals_loops(kernel: int, stride: int, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(kernel * 10 + stride)
    weight, bias, shift = random_layer(rng, (3, kernel, kernel, 2), 255)
    entry = {"op": "conv", "stride": stride, "low": -300, "high": 32767}
    chain = one_step(layer_tensors(weight, bias, shift), entry, (*size, 2))
    x = rng.integers(-255, 256, (2, *size, 2))
    x[1] = 255
    expected = plain_conv(x, weight, bias, shift, stride, -300, 32767)
    assert chain.output_shape == expected.shape[1:]
    np.testing.assert_array_equal(as_integers(chain(x.astype(np.float32))), expected)


def test_shuffle_equals_its_definition() -> None:
    x = np.arange(2 * 3 * 2 * 12).reshape(2, 3, 2, 12)
    chain = one_step({}, {"op": "shuffle"}, (3, 2, 12))
    found = as_integers(chain(x.astype(np.float32)))
    assert chain.output_shape == (6, 4, 3) == found.shape[1:]
    for n, y, x_at, c, i, j in np.ndindex(2, 3, 2, 3, 2, 2):
        assert found[n, 2 * y + i, 2 * x_at + j, c] == x[n, y, x_at, 4 * c + 2 * i + j]


def test_flatten_and_reshape_keep_the_channel_fastest() -> None:
    x = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    flat = build_chain({}, "net", [{"op": "flatten"}], (3, 4, 5), 255)
    back = build_chain({}, "net", [{"op": "reshape", "shape": [3, 4, 5]}], (60,), 255)
    assert flat.output_shape == (60,) and back.output_shape == (3, 4, 5)
    assert flat(x)[1, (2 * 4 + 1) * 5 + 3] == x[1, 2, 1, 3]
    check_same(back(flat(x)), x)


def test_chain_of_all_steps_equals_integers() -> None:
    """The made model's transforms, layer by layer in plain integers."""
    tensors, description = made_tensors(seed=8)
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (3, 8, 8, 1))
    pixels[1], pixels[2] = 0, 255

    def parts(name: str) -> tuple[Any, Any, Any]:
        return tensors[f"{name}.weight"], tensors[f"{name}.bias"], tensors[f"{name}.shift"]

    analysis = build_chain(tensors, "analysis", description["analysis"], (8, 8, 1), 255)
    features = plain_conv(pixels, *parts("analysis.0"), 2, 0, 255).reshape(3, -1)
    expected = plain_dense(features, *parts("analysis.1"), -127, 127)
    found = as_integers(analysis(pixels.astype(np.float32)))
    np.testing.assert_array_equal(found, expected)

    symbols = np.concatenate([expected, np.full((1, 6), 127), np.full((1, 6), -127)])
    synthesis = build_chain(tensors, "synthesis", description["synthesis"], (6,), 127)
    x = plain_dense(symbols, *parts("synthesis.0"), 0, 255).reshape(-1, 2, 2, 8)
    for name in ("synthesis.1", "synthesis.2"):
        x = plain_conv(x, *parts(name), 1, 0, 255)
        n, h, w, c = x.shape
        x = x.reshape(n, h, w, c // 4, 2, 2).transpose(0, 1, 4, 2, 5, 3).reshape(n, 2 * h, 2 * w, c // 4)
    np.testing.assert_array_equal(as_integers(synthesis(symbols.astype(np.float32))), x)


def test_concat_add_and_round_equal_integers() -> None:
    rng = np.random.default_rng(6)
    weight, bias, shift = random_layer(rng, (8, 6), 127)
    added, more, down = random_layer(rng, (14, 6), 127)
    last = random_layer(rng, (3, 14), 40)
    tensors = {**layer_tensors(weight, bias, shift), **layer_tensors(added, more, down, 1)}
    tensors |= layer_tensors(*last, 2)
    chain = build_chain(
        tensors,
        "net",
        [
            {"op": "dense", "low": -300, "high": 500},
            {"op": "concat"},
            {"op": "reshape", "shape": [1, 7, 2]},
            {"op": "add", "low": -4000, "high": 30000},
            {"op": "round", "shift": 3, "low": -40, "high": 39},
            {"op": "flatten"},
            {"op": "dense", "low": -32768, "high": 32767},
        ],
        (6,),
        127,
    )
    assert chain.output_shape == (3,) and chain.output_range == (-32768, 32767)
    x = np.concatenate([rng.integers(-127, 128, (50, 6)), np.full((1, 6), 127), np.full((1, 6), -127)])
    first = np.concatenate([plain_dense(x, weight, bias, shift, -300, 500), x], 1)
    total = first + plain_dense(x, added, more, down, -4000, 30000)
    rounded = np.array([[requantize(int(v), 3, -40, 39) for v in row] for row in total])
    expected = plain_dense(rounded, *last, -32768, 32767)
    given = x.astype(np.float32)
    np.testing.assert_array_equal(as_integers(chain(given)), expected)
    np.testing.assert_array_equal(given, x)
    parts = [chain(given[at : at + 7]) for at in range(0, 52, 7)]
    assert np.concatenate(parts).tobytes() == chain(given).tobytes()


@pytest.mark.parametrize("end", [[], [{"op": "round", "shift": 1, "low": 0, "high": 9}]])
def test_sums_stay_below_the_bound(end: list[dict[str, Any]]) -> None:
    """Each addition raises the bound by 2**15; 2**24 is where float32 ends."""
    tensors: Arrays = {}
    for number in range(512):
        one = np.ones((1, 1), np.int8), np.zeros(1, np.int32), np.zeros(1, np.int8)
        tensors |= layer_tensors(*one, number)
    step = {"op": "add", "low": -32768, "high": 32767}
    build_chain(tensors, "net", [step] * 511 + end, (1,), 127)
    check_error(ModelError, lambda: build_chain(tensors, "net", [step] * 512 + end, (1,), 127))


def test_the_bound_follows_the_clip_of_the_layer_before() -> None:
    weight = np.full((1, 100), 100, np.int8)
    second = layer_tensors(weight, np.zeros(1, np.int32), np.zeros(1, np.int8), 1)
    first = layer_tensors(np.ones((100, 1), np.int8), np.zeros(100, np.int32), np.zeros(100, np.int8))

    def build(low: int, high: int) -> None:
        entries = [{"op": "dense", "low": low, "high": high}, {"op": "dense", "low": 0, "high": 255}]
        build_chain({**first, **second}, "net", entries, (1,), 1)

    build(0, 838)  # 2 * 838 * 10,000 + 1 < 2**24
    build(-838, 838)
    check_error(ModelError, lambda: build(0, 839))
    check_error(ModelError, lambda: build(-839, 0))


def test_the_same_bits_in_any_batch() -> None:
    tensors, description = made_tensors(seed=2, latents=9)
    rng = np.random.default_rng(3)
    for prefix, shape, largest in (("analysis", (8, 8, 1), 255), ("synthesis", (9,), 127)):
        chain = build_chain(tensors, prefix, description[prefix], shape, largest)
        x = rng.integers(0, largest + 1, (64, *shape)).astype(np.float32)
        whole = chain(x.copy())
        for size in (1, 7):
            parts = [chain(x[at : at + size].copy()) for at in range(0, 64, size)]
            assert np.concatenate(parts).tobytes() == whole.tobytes()


THREADED = """
import hashlib, numpy as np
from aecodec.exact import scaled_affine
from tests.made import made_model
from aecodec.zoo import load_model
rng = np.random.default_rng(0)
weight = rng.integers(-127, 128, (300, 784)).astype(np.int8)
bias, shift = rng.integers(-9999, 9999, 300).astype(np.int32), np.full(300, 9, np.int8)
layer = scaled_affine(weight, bias, shift, input_max=127, low=-(1 << 20), high=1 << 20)
digest = hashlib.sha256()
for batch in (1, 7, 600):
    digest.update(layer(rng.integers(-127, 128, (batch, 784)).astype(np.float32)).tobytes())
model = load_model(made_model(tile=(16, 16)))
symbols = model.tiles.networks.analyse(rng.integers(0, 256, (300, 16, 16)).astype(np.uint8))
digest.update(symbols.tobytes() + model.tiles.networks.synthesise(symbols).tobytes())
print(digest.hexdigest())
"""


def test_the_same_bits_on_any_number_of_threads() -> None:
    found = {threads: run_python(THREADED, threads=threads) for threads in (1, 2, 4)}
    assert len(set(found.values())) == 1, found
    assert len(found[1].strip()) == 64


# --- what is refused -------------------------------------------------------------------------


def int8(*shape: int) -> NDArray[np.int8]:
    return np.ones(shape, np.int8)


DENSE = {"op": "dense", "low": 0, "high": 255}
CONV = {"op": "conv", "stride": 1, "low": 0, "high": 255}
SOUND = {"net.0.weight": int8(2, 4), "net.0.bias": np.zeros(2, np.int32), "net.0.shift": int8(2)}
SOUND_CONV = {**SOUND, "net.0.weight": int8(2, 3, 3, 4)}


@pytest.mark.parametrize(
    ("tensors", "entry", "shape"),
    [
        pytest.param({}, DENSE, (4,), id="no tensors"),
        *[pytest.param({k: v for k, v in SOUND.items() if k != name}, DENSE, (4,), id=f"no {name}") for name in SOUND],
        *[
            pytest.param({**SOUND, name: SOUND[name].astype(dtype)}, DENSE, (4,), id=f"{name} {dtype}")
            for name, dtype in [
                ("net.0.weight", "uint8"),
                ("net.0.weight", "int16"),
                ("net.0.weight", "float32"),
                ("net.0.bias", "int64"),
                ("net.0.bias", "float32"),
                ("net.0.bias", "int8"),
                ("net.0.shift", "int32"),
                ("net.0.shift", "uint8"),
            ]
        ],
        pytest.param({**SOUND, "net.0.bias": np.zeros(3, np.int32)}, DENSE, (4,), id="bias too long"),
        pytest.param({**SOUND, "net.0.bias": np.zeros((2, 1), np.int32)}, DENSE, (4,), id="bias 2-D"),
        pytest.param({**SOUND, "net.0.shift": int8(1)}, DENSE, (4,), id="shift too short"),
        pytest.param({**SOUND, "net.0.weight": np.int8(1).reshape(())}, DENSE, (4,), id="weight a number"),
        pytest.param({**SOUND, "net.0.weight": int8(2)}, DENSE, (4,), id="weight 1-D"),
        pytest.param({**SOUND, "net.0.weight": int8(2, 5)}, DENSE, (4,), id="dense on another length"),
        pytest.param({**SOUND, "net.0.weight": int8(2, 2, 2)}, DENSE, (2, 2), id="dense of three axes"),
        pytest.param(SOUND, {**DENSE, "low": 5, "high": 5}, (4,), id="empty clip"),
        pytest.param(SOUND, {**DENSE, "low": -32769}, (4,), id="low too low"),
        pytest.param(SOUND, {**DENSE, "high": 32769}, (4,), id="high too high"),
        pytest.param(SOUND, CONV, (3, 3, 4), id="conv with dense weights"),
        pytest.param(SOUND_CONV, CONV, (36,), id="conv on a list"),
        pytest.param(SOUND_CONV, CONV, (3, 3, 3), id="conv on other channels"),
        pytest.param(SOUND_CONV, {**CONV, "stride": 3}, (3, 3, 4), id="stride 3"),
        pytest.param(SOUND_CONV, {**CONV, "stride": 0}, (3, 3, 4), id="stride 0"),
        pytest.param({**SOUND, "net.0.weight": int8(2, 2, 2, 4)}, CONV, (3, 3, 4), id="even kernel"),
        pytest.param({**SOUND, "net.0.weight": int8(2, 3, 1, 4)}, CONV, (3, 3, 4), id="oblong kernel"),
        pytest.param({}, {"op": "reshape", "shape": [2, 3, 1]}, (4,), id="reshape to more"),
        pytest.param({}, {"op": "reshape", "shape": [-2, -2, 1]}, (4,), id="reshape to less than nothing"),
        pytest.param({}, {"op": "shuffle"}, (2, 2, 6), id="shuffle of 6 channels"),
        pytest.param({}, {"op": "shuffle"}, (4,), id="shuffle of a list"),
        pytest.param({}, {"op": "shuffle"}, (1, 1, 1 << 21), id="too many values"),
        pytest.param({}, {"op": "flatten"}, (0, 4), id="no values"),
        pytest.param({}, {"op": "flatten"}, (-2, -2), id="less than no values"),
        pytest.param({}, {"op": "concat"}, (2, 2, 1), id="concat to a picture"),
        pytest.param(SOUND, {**DENSE, "op": "add"}, (4,), id="add 2 to 4"),
        pytest.param({}, {"op": "round", "shift": 0, "low": 0, "high": 9}, (4,), id="round by 0"),
        pytest.param({}, {"op": "round", "shift": 17, "low": 0, "high": 9}, (4,), id="round by 17"),
        pytest.param({}, {"op": "round", "shift": 1, "low": 9, "high": 9}, (4,), id="round to nothing"),
        pytest.param({}, {"op": "softmax"}, (4,), id="unknown layer"),
        pytest.param({}, {}, (4,), id="no layer"),
    ],
)
def test_refused(tensors: Arrays, entry: dict[str, Any], shape: tuple[int, ...]) -> None:
    check_error(ModelError, lambda: one_step(tensors, entry, shape))


def test_what_the_refused_cases_start_from_is_sound() -> None:
    assert one_step(SOUND, DENSE, (4,)).output_shape == (2,)
    assert one_step(SOUND_CONV, CONV, (3, 3, 4)).output_shape == (3, 3, 2)


def test_the_widest_step() -> None:
    """Of a convolution its windows."""
    assert one_step(SOUND, DENSE, (4,)).widest == 4
    assert one_step(SOUND_CONV, CONV, (3, 3, 4)).widest == 9 * 36
    assert one_step(SOUND_CONV, {**CONV, "stride": 2}, (3, 3, 4)).widest == 4 * 36
    assert one_step({}, {"op": "concat"}, (4,)).widest == 8
