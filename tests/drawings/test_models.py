"""Limits of drawings, and models with drawings: unsound, other ones, the largest."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from aecodec.codec import Decoder
from aecodec.drawings import decode_drawings, most_steps, steps_of
from aecodec.drawings.networks import LOGIT_MAX
from aecodec.errors import FormatError, LimitError, ModelError
from aecodec.limits import MAX_PIXEL_STEPS
from aecodec.zoo import load_model, pack_model, save_model
from formats.vectors_maker.drawings import body_of, icon, plot, text
from formats.vectors_maker.pictures import noise
from formats.vectors_maker.pixels import many
from formats.vectors_maker.vector import OneModel
from tests.checks import check_all_same, check_error
from tests.drawings.model import CONTENT, REFERENCE, networks
from tests.golden import package, reference, vector
from tests.made import Arrays, made_drawing_tensors, made_pixel_tensors

SLOWEST = 10.0  # seconds of one refusal


def test_more_pixels_than_a_stream_holds() -> None:
    start = time.perf_counter()
    check_error(LimitError, lambda: decode_drawings(b"", [(16384, 16385, 3)], networks()))
    assert time.perf_counter() - start < 1


def test_more_steps_than_a_payload_may_have() -> None:
    """One more than are allowed, and no more."""
    height = MAX_PIXEL_STEPS // 2 - 500
    sizes = [(height, 1, 1), (600, 1, 1)]
    width = most_steps(sizes) - steps_of(sizes)
    assert width > 0
    while steps_of([*sizes, (1, width, 1)]) <= most_steps([*sizes, (1, width, 1)]):
        width += 1
    over, fits = [*sizes, (1, width, 1)], [*sizes, (1, width - 1, 1)]
    assert steps_of(fits) == most_steps(fits) == steps_of(over) - 1
    start = time.perf_counter()
    check_error(LimitError, lambda: decode_drawings(b"", over, networks()))
    assert time.perf_counter() - start < 1


TENSORS, DESCRIPTION = made_drawing_tensors()
Change = tuple[Arrays, dict[str, Any]]


def with_layer(name: str, **parts: NDArray[Any]) -> Change:
    return {**TENSORS, **{f"{name}.{part}": each for part, each in parts.items()}}, DESCRIPTION


def with_drawings(change: Callable[[dict[str, Any]], Any]) -> Change:
    drawings = json.loads(json.dumps(DESCRIPTION["drawings"]))
    found = change(drawings)
    return TENSORS, {**DESCRIPTION, "drawings": drawings if found is None else found}


def zeros(hidden: tuple[int, int]) -> Change:
    """Networks of such widths, all weights 0."""
    tensors, description = made_drawing_tensors(hidden=hidden)
    return {name: np.zeros_like(each) for name, each in tensors.items()}, description


def deep(layers: int) -> Change:
    """A trunk of green of so many layers, all but the first of which have one input."""
    tensors = dict(TENSORS)
    for number in range(layers):
        name, shape = f"drawings.green.trunk.{number}", (1 if number < layers - 1 else 5, 55 if number == 0 else 1)
        tensors[f"{name}.weight"] = np.ones(shape, np.int8)
        tensors[f"{name}.bias"] = np.zeros(shape[0], np.int32)
        tensors[f"{name}.shift"] = np.full(shape[0], 4, np.int8)
    relu = {"op": "dense", "low": 0, "high": 255}
    return tensors, with_drawings(lambda drawings: drawings["green"].update(trunk=[relu] * layers))[1]


def hostile() -> Iterator[tuple[str, Change]]:
    for name, tensor in TENSORS.items():
        if name.startswith("drawings."):
            yield f"without {name}", ({key: each for key, each in TENSORS.items() if key != name}, DESCRIPTION)
            yield f"{name} of int64", ({**TENSORS, name: tensor.astype(np.int64)}, DESCRIPTION)
            yield f"{name} one less", ({**TENSORS, name: tensor[..., :-1]}, DESCRIPTION)
            yield f"{name} empty", ({**TENSORS, name: tensor[:0]}, DESCRIPTION)
    for name in ("choice.0", "alpha.trunk.0", "red.second.0", "blue.first.0"):
        shift, bias = (TENSORS[f"drawings.{name}.{part}"].copy() for part in ("shift", "bias"))
        shift[-1] = -15
        yield f"{name} breaks its bound by a shift", with_layer(f"drawings.{name}", shift=shift)
        bias[0] = 1 << 24
        yield f"{name} breaks its bound by an offset", with_layer(f"drawings.{name}", bias=bias)
    most = (1 << 24) - 1 - 255 * 127 * 21  # of a layer of the second symbol, whose inputs reach 255
    full = {"weight": np.full((7, 21), 127, np.int8), "shift": np.zeros(7, np.int8)}
    bias = np.full(7, most // 2, np.int32)
    yield "one more than float32 can hold", with_layer("drawings.blue.second.0", **full, bias=bias + 1)
    for value in (None, 7, "abc", {}, [], True):
        yield f"drawings {value}", (TENSORS, {**DESCRIPTION, "drawings": value})
    for value in (None, 0, -1, 256, True, 1.0, 1.5, "1", [1]):
        yield f"one {value!r}", with_drawings(lambda drawings, value=value: drawings["red"].update(one=value))
    for part in ("trunk", "first", "second"):
        for value in (None, 7, [], {}, [None], [[]], [{}]):
            yield (
                f"{part} {value}",
                with_drawings(lambda drawings, part=part, value=value: drawings["green"].update({part: value})),
            )
    for name in ("choice", "alpha", "green", "red", "blue"):
        yield f"no {name}", with_drawings(lambda drawings, name=name: drawings.pop(name) and None)
    for key in ("trunk", "first", "second", "one"):
        yield f"no {key}", with_drawings(lambda drawings, key=key: drawings["alpha"].pop(key) and None)
    for key, value in (("low", -LOGIT_MAX - 1), ("high", LOGIT_MAX + 1), ("high", 0.5), ("op", "conv"), ("op", None)):
        yield (
            f"{key} {value} of the choice",
            with_drawings(lambda drawings, key=key, value=value: drawings["choice"][-1].update({key: value})),
        )
        yield (
            f"{key} {value} of a second symbol",
            with_drawings(lambda drawings, key=key, value=value: drawings["blue"]["second"][-1].update({key: value})),
        )
    end, begin = {"op": "round", "shift": 1, "low": 0, "high": 9}, {"op": "flatten"}
    yield "rounded", with_drawings(lambda drawings: drawings["choice"].append(end))
    yield "flattened", with_drawings(lambda drawings: drawings["red"]["trunk"].insert(0, begin))
    yield "concatenated", with_drawings(lambda drawings: drawings["red"]["trunk"].insert(1, {"op": "concat"}))
    yield "nine layers", deep(9)
    yield "513 units", zeros((513, 1))
    yield "497 units of a trunk, and 16 more", zeros((1, 497))
    yield "more than 2**16 weights", zeros((300, 300))
    yield "more than 2**16 weights of a channel's chains together", zeros((380, 60))
    yield "networks of pixels alone that are unsound", (TENSORS, {**DESCRIPTION, "networks": []})


HOSTILE = dict(hostile())


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_models(what: str) -> None:
    """Refused at once, in one line, and before they are run; by both decoders."""
    tensors, description = HOSTILE[what]
    data = pack_model("made", tensors, {**description, "known_answer": "none"}, "7")
    start = time.perf_counter()
    message = check_error(ModelError, lambda: load_model(data), what)
    assert time.perf_counter() - start < SLOWEST
    assert "known answer" not in message
    with pytest.raises(REFERENCE.ModelNeeded):
        REFERENCE.Model.__wrapped__(data)


@pytest.mark.parametrize("version", ["1", "2", "3", "4", "5", "6", "8"])
def test_a_model_with_drawings_of_another_version(version: str) -> None:
    changed = CONTENT.replace(b'"version":"7"', f'"version":"{version}"'.encode())
    check_error(ModelError, lambda: load_model(changed))
    with pytest.raises(REFERENCE.ModelNeeded):
        REFERENCE.Model.__wrapped__(changed)


@pytest.mark.parametrize("make", [lambda: zeros((1, 496)), lambda: zeros((180, 100)), lambda: deep(8)])
def test_largest_networks_are_sound(make: Callable[[], Change]) -> None:
    """As large as the limits allow."""
    data = save_model("made-drawings", *make())
    load_model(data)
    REFERENCE.Model.__wrapped__(data)


def test_tensors_alone_are_no_drawings() -> None:
    """The description says what a model has; what it does not name is ignored."""
    data = save_model("made", TENSORS, made_pixel_tensors()[1])
    model = load_model(data)
    assert b'"version":"6"' in data and model.pixels is not None and not model.pixels.has_drawings
    assert REFERENCE.Model.__wrapped__(data).drawings is None


@pytest.mark.parametrize(("hidden", "seed"), [((1, 1), 2), ((30, 4), 3), ((4, 60), 4)])
def test_other_networks(hidden: tuple[int, int], seed: int) -> None:
    """Of other widths: both decoders give the same pixels."""
    content = save_model("made-drawings", *made_drawing_tensors(seed, hidden))
    model = load_model(content)
    pictures = [text(seed, 9, 14), noise(seed, 5, 6), icon(seed), plot(seed, 9, 14)]
    data = many(model, pictures, [body_of(pictures, model)], 4)
    check_all_same(list(Decoder(data, OneModel(model))), pictures)
    check_all_same(reference(data, {hashlib.sha256(content).digest()[:4]: content})[0], pictures)


def test_the_known_answer_feels_drawings() -> None:
    """A weight of a network that pictures without drawings never run."""
    tensors = {name: each.copy() for name, each in TENSORS.items()}
    tensors["drawings.blue.second.1.bias"][3] += 64
    good = save_model("made", TENSORS, DESCRIPTION)
    answer = load_model(good).description["known_answer"]
    data = pack_model("made", tensors, {**DESCRIPTION, "known_answer": answer}, "7")
    assert "known answer" in check_error(ModelError, lambda: load_model(data))


def test_a_symbol_that_stands_for_nothing() -> None:
    """A candidate or a hint where there is none, which no writer writes."""
    for name in ("drawings-no-candidate", "drawings-no-candidate-last", "drawings-no-hint"):
        message = check_error(FormatError, lambda name=name: package(vector("invalid", name)))
        assert "candidate" in message
