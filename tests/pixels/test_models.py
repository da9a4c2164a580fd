"""Limits of exact pixels, and models of pixels: unsound, other ones, and the one that is shipped."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import aecodec
from aecodec.codec.encode import encode
from aecodec.codec.plan import Plan
from aecodec.coders import Block, Frame
from aecodec.coders.by_pixels import PixelEncoder
from aecodec.container import Shape
from aecodec.errors import LimitError, ModelError, UsageError
from aecodec.kinds import Size
from aecodec.zoo import load_model, pack_model, save_model
from formats.vectors_maker.methods import PACKED
from formats.vectors_maker.pictures import noise
from formats.vectors_maker.pixels import body_of, many, one, textured
from tests.checks import check_all_same, check_error
from tests.conftest import ROOT
from tests.golden import reference
from tests.made import Arrays, made_pixel_tensors
from tests.pixels.model import CONTENT, MODEL, REFERENCE, decoded

SLOWEST = 10.0  # seconds of one refusal


# --- limits and models -----------------------------------------------------------------------


def test_more_samples_than_a_stream_holds() -> None:
    """Are kept in another way, here packed; and no payload of theirs is read."""
    assert MODEL.pixels is not None
    plane = np.broadcast_to(np.uint8(0), (8192, 8192))
    shape = Shape(8192, 8192, 3)
    (bodies,) = PixelEncoder(MODEL.pixels, 3).encode([Block(Frame([shape]), [plane] * 3)])
    assert [method for method, _ in bodies] == [PACKED]
    start = time.perf_counter()
    check_error(LimitError, lambda: MODEL.pixels.decode(b"", [Size(8192, 8192, 3)]))  # type: ignore[union-attr]
    assert time.perf_counter() - start < 1


def test_more_steps_than_a_payload_may_have() -> None:
    """A millisecond each, even for one sample: they are kept in another way, and no payload of them is read."""
    assert MODEL.pixels is not None
    sizes = [Size(32768 - at, 1, 1) for at in range(17)]
    planes = [np.broadcast_to(np.uint8(0), size[:2]) for size in sizes]
    shapes = [Shape(size.height, size.width) for size in sizes]
    (bodies,) = PixelEncoder(MODEL.pixels, 3).encode([Block(Frame(shapes), planes)])
    assert [method for method, _ in bodies] == [PACKED]
    start = time.perf_counter()
    check_error(LimitError, lambda: MODEL.pixels.decode(b"", sizes))  # type: ignore[union-attr]
    assert time.perf_counter() - start < 1


def test_what_a_pixel_model_is_not_for(tmp_path: Path) -> None:
    path, picture = tmp_path / "p.safetensors", textured(41, 9, 9)
    path.write_bytes(CONTENT)
    assert MODEL.native is None and MODEL.latent_dim == 0
    for options in ({}, {"quality": 30}, {"max_bytes": 90}):
        check_error(ModelError, lambda options=options: aecodec.compress(picture, model=str(path), **options))
    with pytest.raises((ModelError, UsageError)):
        aecodec.compress(picture, model=str(path), lossless=True, progressive=True)
    check_error(ModelError, lambda: MODEL.tiles)
    check_error(ModelError, lambda: MODEL.codec)


TENSORS, DESCRIPTION = made_pixel_tensors()
Change = tuple[Arrays, dict[str, Any]]


def with_layer(name: str, **parts: NDArray[Any]) -> Change:
    return {**TENSORS, **{f"{name}.{part}": each for part, each in parts.items()}}, DESCRIPTION


def with_networks(change: Callable[[list[Any]], Any]) -> Change:
    steps = json.loads(json.dumps(DESCRIPTION["networks"]))
    found = change(steps)
    return TENSORS, {**DESCRIPTION, "networks": steps if found is None else found}


def zeros(widths: tuple[int, ...]) -> Change:
    """Networks of such widths of hidden layers, all weights 0."""
    tensors, description = made_pixel_tensors(hidden=widths)
    return {name: np.zeros_like(each) for name, each in tensors.items()}, description


def hostile() -> Iterator[tuple[str, Change]]:
    for name, tensor in TENSORS.items():
        yield f"without {name}", ({key: each for key, each in TENSORS.items() if key != name}, DESCRIPTION)
        yield f"{name} of int64", ({**TENSORS, name: tensor.astype(np.int64)}, DESCRIPTION)
        yield f"{name} one less", ({**TENSORS, name: tensor[..., :-1]}, DESCRIPTION)
        yield f"{name} empty", ({**TENSORS, name: tensor[:0]}, DESCRIPTION)
    for colour in range(3):
        for layer in range(3):
            name = f"pixels.{colour}.{layer}"
            shift, bias = (TENSORS[f"{name}.{part}"].copy() for part in ("shift", "bias"))
            shift[-1] = -15
            yield f"{name} breaks its bound by a shift", with_layer(name, shift=shift)
            bias[0] = 1 << 24
            yield f"{name} breaks its bound by an offset", with_layer(name, bias=bias)
            for key, value in (("low", 1), ("high", 77), ("high", 1 << 16), ("low", 0.5), ("op", "conv"), ("op", None)):
                yield (
                    f"{name} has {key} {value}",
                    with_networks(
                        lambda steps, at=(colour, layer), key=key, value=value: steps[at[0]][at[1]].update({key: value})
                    ),
                )
    weight = np.full((7, 27), 127, np.int8)
    most = np.array([(1 << 24) - 511 * 127 * 27 - 64] * 7, np.int32)
    shift = np.full(7, 7, np.int8)
    yield "one more than float32 can hold", with_layer("pixels.0.0", weight=weight, bias=most, shift=shift)
    junk: list[Any] = [None, 7, "abc", {}, [], [[]] * 3, [[[]]] * 3, [None] * 3]
    for value in junk:
        yield f"networks {value}", (TENSORS, {**DESCRIPTION, "networks": value})
    yield "two networks", with_networks(lambda steps: steps[:2])
    yield "four networks", with_networks(lambda steps: [*steps, steps[2]])
    yield "no networks", (TENSORS, {"kind": "pixels"})
    yield "no layers", with_networks(lambda steps: [[], [], []])
    yield "flattened", with_networks(lambda steps: [[{"op": "flatten"}, *each] for each in steps])
    last = {"op": "round", "shift": 1, "low": 0, "high": 9}
    yield "rounded", with_networks(lambda steps: [[*each, last] for each in steps])
    for widths in ((5,), (5, 5, 5)):
        yield f"{len(widths)} hidden layers", zeros(widths)
    yield "a network that differs in a width", (TENSORS | {
        name: each for name, each in made_pixel_tensors(hidden=(7, 6))[0].items() if name.startswith("pixels.2.")
    }, DESCRIPTION)  # fmt: skip
    yield "513 units", zeros((1, 513))
    yield "513 units at first", zeros((513, 1))
    yield "more than 2**16 weights", zeros((512, 128))
    yield "more than 2**16 weights of blue alone", zeros((400, 105))
    yield "a residual coder", (TENSORS | {"residual.costs": np.zeros((200, 256), np.uint8)}, DESCRIPTION)
    inked = {"origins.ink": np.zeros(4, np.int8), "origins.sides": np.zeros(65, np.uint8)}
    yield "an ink coder", (TENSORS | inked, DESCRIPTION)
    for kind in ("tiles", "grid", "Pixels", "pixel", None, 6):
        yield f"kind {kind}", (TENSORS, {**DESCRIPTION, "kind": kind})


HOSTILE = dict(hostile())


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_models(what: str) -> None:
    """Refused at once, in one line, and before they are run; by both decoders."""
    tensors, description = HOSTILE[what]
    data = pack_model("made", tensors, {**description, "known_answer": "none"}, "6")
    start = time.perf_counter()
    message = check_error(ModelError, lambda: load_model(data), what)
    assert time.perf_counter() - start < SLOWEST
    assert "known answer" not in message
    with pytest.raises(REFERENCE.ModelNeeded):
        REFERENCE.Model.__wrapped__(data)


@pytest.mark.parametrize("version", ["1", "2", "3", "4", "5", "7"])
def test_a_pixel_model_of_another_version(version: str) -> None:
    changed = CONTENT.replace(b'"version":"6"', f'"version":"{version}"'.encode())
    check_error(ModelError, lambda: load_model(changed))
    with pytest.raises(REFERENCE.ModelNeeded):
        REFERENCE.Model.__wrapped__(changed)


@pytest.mark.parametrize(("hidden", "seed"), [((1, 1), 2), ((30, 4), 3), ((4, 60), 4)])
def test_other_networks(hidden: tuple[int, int], seed: int) -> None:
    """Of other widths: both decoders give the same pixels."""
    content = save_model("made-pixels", *made_pixel_tensors(seed, hidden))
    model = load_model(content)
    pictures = [textured(seed, 9, 8), noise(seed, 5, 6), textured(seed, 9, 8, 4)]
    data = many(model, pictures, [body_of(pictures, model)], 3)
    check_all_same(decoded(data, model), pictures)
    check_all_same(reference(data, {model.fingerprint: content})[0], pictures)


def test_largest_networks_are_sound() -> None:
    """As large as the limits allow."""
    for widths in ((512, 1), (1, 512), (400, 104)):
        tensors, description = zeros(widths)
        data = save_model("made-pixels", tensors, description)
        load_model(data)
        REFERENCE.Model.__wrapped__(data)


# --- the model that is shipped -----------------------------------------------------------------

SHIPPED = ROOT / "models" / "pixels.safetensors"


@pytest.mark.skipif(not SHIPPED.exists(), reason="models/pixels.safetensors is not shipped yet")
def test_the_shipped_model() -> None:
    """Keeps a textured picture in less than deflate takes; both decoders."""
    content = SHIPPED.read_bytes()
    model = load_model(content)
    picture = textured(60, 30, 40)
    data = one(model, picture)
    assert len(data) < 0.8 * len(encode([picture], Plan(None, True, 0), many=False).data)
    check_all_same(decoded(data, model), [picture])
    check_all_same(reference(data, {hashlib.sha256(content).digest()[:4]: content})[0], [picture])
