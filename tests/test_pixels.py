"""Exact pixels: sizes and kinds, lockstep, what the regressions learn, tables, damage, and models that are unsound."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

import aecodec
from aecodec.codec import Decoder
from aecodec.codec.encode import encode
from aecodec.codec.plan import Plan
from aecodec.coders import Block, Frame, block_pictures
from aecodec.coders.by_pixels import PixelEncoder
from aecodec.container import Header, Shape, Shapes, build, parse
from aecodec.entropy import StreamReader, StreamWriter, count_information
from aecodec.errors import FormatError, LimitError, ModelError, UnsupportedError, UsageError
from aecodec.kinds import Size
from aecodec.pixels import Networks, NetworkWalk
from aecodec.pixels.coder import decode_pixels, encode_pixels, planes_of
from aecodec.pixels.front import Front
from aecodec.pixels.inputs import INPUT_MAX, MAX_SCALE, Known
from aecodec.pixels.regression import INPUTS, Regressions
from aecodec.pixels.tables import NIBBLE, PHASES, SCALES, TAILS, first_table, ready_tables, second_table
from aecodec.zoo import Model, load_model, pack_model, save_model
from formats.vectors_maker.methods import PACKED
from formats.vectors_maker.pictures import equal, noise
from formats.vectors_maker.pixels import board, body_of, many, one, textured
from formats.vectors_maker.vector import OneModel
from tests.checks import check_all_same, check_damage_is_found, check_error, check_same, flipped, resealed, sealed
from tests.made import Arrays, made_pixel_tensors
from tests.others import others_do_all
from tests.reference import load_reference
from tests.test_container import shapes
from tests.test_vectors import MANIFEST, MODELS, ROOT, outcome, package, reference, vector

REFERENCE = load_reference()
CONTENT = (MODELS / "vector-pixels.safetensors").read_bytes()
MODEL = load_model(CONTENT)
PRINT = bytes.fromhex("0badcafe")
SLOWEST = 10.0  # seconds of one refusal
Picture = NDArray[np.uint8]


def decoded(data: bytes, model: Model = MODEL) -> list[Picture]:
    return list(Decoder(data, OneModel(model)))


def networks() -> Networks:
    assert MODEL.pixels is not None
    return MODEL.pixels.networks


# --- round trips -----------------------------------------------------------------------------

KINDS: dict[str, Callable[[int, int], Picture]] = {
    "grey": lambda h, w: textured(1, h, w, 1),
    "la": lambda h, w: textured(2, h, w, 2),
    "rgb": lambda h, w: textured(3, h, w, 3),
    "rgba": lambda h, w: textured(4, h, w, 4),
    "equal": lambda h, w: equal(noise(5, h, w)),
    "equal and alpha": lambda h, w: equal(textured(6, h, w, 1), noise(7, h, w)),
    "noise": lambda h, w: noise(8, h, w, 3),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (2, 2), (5, 3), (33, 17)])
def test_round_trips(size: tuple[int, int], kind: str) -> None:
    """And the reference decoder reads the same."""
    picture = KINDS[kind](*size)
    data = one(MODEL, picture)
    check_all_same(decoded(data), [picture])
    if picture.size < 400:
        check_all_same(reference(data)[0], [picture])


@pytest.mark.parametrize("size", [(3, 300), (90, 4), (1, 60), (60, 1)])
def test_long_pictures(size: tuple[int, int]) -> None:
    picture = textured(9, *size)
    check_all_same(decoded(one(MODEL, picture)), [picture])


@pytest.mark.parametrize("height", range(1, 10))
@pytest.mark.parametrize("width", range(1, 6))
def test_small_pictures_of_every_size(height: int, width: int) -> None:
    """Where bands of rows begin, end and take each other's place; both decoders."""
    picture = noise(10 * height + width, height, width, 3 if (height + width) % 2 else 1).squeeze()
    picture = picture.reshape(height, width, -1)
    picture = picture[..., 0] if picture.shape[2] == 1 else picture
    data = one(MODEL, picture)
    check_all_same(decoded(data), [picture])
    check_all_same(reference(data)[0], [picture])


@pytest.mark.parametrize("name", [name for name in MANIFEST["valid"] if name.startswith("pixels-")])
def test_a_writer_makes_the_same_payloads(name: str) -> None:
    """Of golden files that are written by hand as well: all blocks of method 7."""
    container = parse(vector("valid", name))
    header, pictures = container.header, decoded(vector("valid", name))
    assert header.pixels and header.exact and header.has_method and header.check_bytes == 4
    for block in range(header.blocks):
        some = pictures[block * header.block_pictures :][: header.block_pictures]
        if container.body(block)[0] == 7:
            assert body_of(some, MODEL) == container.body(block)


def test_the_encoder_takes_the_shorter_way() -> None:
    """Method 7 in a file for its model, stored in one that names none, and one of each in a container."""
    smooth, rough = textured(11, 20, 20), noise(12, 20, 20, 3)
    plan = Plan(MODEL, True, 0)
    found = encode([smooth], plan, many=False)
    assert (found.model, parse(found.data).body(0)[0], found.exact) == (MODEL, 7, True)
    found = encode([rough], plan, many=False)
    assert found.model is None and not parse(found.data).header.pixels
    check_all_same(decoded(found.data), [rough])


def test_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with its own method; and a picture is found without those of other blocks."""
    monkeypatch.setattr("aecodec.codec.encode.block_pictures", lambda shapes, some, count: 2)
    pictures = [textured(13, 12, 9), textured(14, 12, 9), noise(15, 12, 9, 3), noise(16, 12, 9, 3), textured(17, 9, 9)]
    data = encode(pictures, Plan(MODEL, True, 0), many=True).data
    container = parse(data)
    assert [container.body(block)[0] for block in range(3)] == [7, 0, 7]
    decoder = Decoder(data, OneModel(MODEL))
    check_all_same([decoder.picture(index) for index in range(5)], pictures)
    check_all_same(reference(data)[0], pictures)


def test_pictures_of_a_block() -> None:
    """Of drawings as many as fit, of photographs as many as are quick together."""
    flat, noisy = [np.zeros((64, 64, 3), np.uint8)], [noise(18, 64, 64, 3)]
    assert block_pictures([Shape(1024, 1024, 3)], flat, 1000) == 1
    assert block_pictures([Shape(28, 28), Shape(64, 64, 4)], flat, 1000) == 256
    assert block_pictures([Shape(9000, 9000, 4)], flat, 1000) == 1
    assert block_pictures([Shape(28, 28), Shape(64, 64, 4)], noisy, 1000) == 48
    assert block_pictures([Shape(512, 768, 3)], noisy, 1000) == 3
    assert block_pictures([Shape(3000, 4000, 3)], noisy, 1000) == 1
    assert block_pictures([Shape(28, 28), Shape(64, 64, 4)], noisy, 48) == 256


def test_any_pool_is_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same file and the same pictures, whoever does the work, and whatever jobs there are."""
    monkeypatch.setattr("aecodec.codec.encode.block_pictures", lambda shapes, some, count: 2)
    pictures = [textured(seed, 12, 9) for seed in range(13, 20)]
    data = encode(pictures, Plan(MODEL, True, 0), many=True).data
    asked: list[object] = []

    class Watched(ThreadPoolExecutor):
        def map(self, function: Any, /, *arguments: Any, **_: Any) -> Any:  # type: ignore[override]
            asked.append(function)
            return super().map(function, *arguments)

    with Watched(3) as pool:
        assert encode(pictures, Plan(MODEL, True, 0), many=True, engine=pool).data == data
        assert len(asked) == 1
        check_all_same(list(Decoder(data, OneModel(MODEL), engine=pool)), pictures)
    assert len(asked) == 2


def test_processes_share_blocks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same file and pictures as from one process, its errors, and an end when nobody asks for more."""
    monkeypatch.setattr("aecodec.codec.encode.block_pictures", lambda shapes, some, count: 2)
    others_do_all(monkeypatch)
    pictures = [textured(seed, 12, 9) for seed in range(13, 20)]
    plans = [Plan(MODEL, True, 0, jobs=jobs) for jobs in (1, 2)]
    data, shared = (encode(pictures, plan, many=True).data for plan in plans)
    assert data == shared
    decoder = Decoder(data, OneModel(MODEL), jobs=2)
    check_all_same(list(decoder), pictures)
    check_same(next(iter(decoder)), pictures[0])
    check = parse(data).records[2].stop - 1
    damaged = resealed(data[:check] + bytes([data[check] ^ 1]) + data[check + 1 :])
    check_error(FormatError, lambda: list(Decoder(damaged, OneModel(MODEL), jobs=2)))
    check_error(UsageError, lambda: aecodec.decompress(data, jobs=0))
    check_error(UsageError, lambda: aecodec.decompress(data, jobs=None))  # type: ignore[arg-type]


# --- lockstep --------------------------------------------------------------------------------


def information(pictures: list[Picture]) -> float:
    """What the payload of pictures of one size holds, in bits."""
    writer = StreamWriter()
    begin = partial(NetworkWalk, networks())
    encode_pixels(np.stack(pictures), begin, writer)
    with count_information() as found:
        again = decode_pixels((len(pictures), *pictures[0].shape), begin, StreamReader(writer.finish()))
    check_same(again, np.stack(pictures))
    assert found.symbols == 2 * sum(picture.size for picture in pictures)
    return found.bits


@pytest.mark.parametrize("size", [(9, 11, 3), (6, 5, 1), (1, 8, 3), (13, 2, 3)])
def test_lockstep_gives_what_each_alone_gives(size: tuple[int, int, int]) -> None:
    """The same tables for every sample, so the same bits."""
    rng = np.random.default_rng(20)
    pictures = [rng.integers(low, 256, size).astype(np.uint8) for low in (0, 100, 250, 0)]
    pictures[1] = textured(21, size[0], size[1], size[2]).reshape(size)
    alone = [information([picture]) for picture in pictures]
    assert information(pictures) == pytest.approx(sum(alone), rel=1e-12)
    assert information(pictures[::-1]) == pytest.approx(sum(alone), rel=1e-12)


def test_no_more_in_lockstep_than_memory_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pictures of seven rows at a time, where 20 rows are allowed; both decoders."""
    pictures = [textured(seed, 7, 5) for seed in range(5)] + [noise(5, 30, 2)]
    before = body_of(pictures, MODEL)
    monkeypatch.setattr("aecodec.pixels.blocks.MAX_PIXEL_LANES", 20)
    monkeypatch.setattr(REFERENCE, "PIXEL_LANES", 20)
    body = body_of(pictures, MODEL)
    assert body != before
    data = many(MODEL, pictures[:1] + pictures[5:], [body_of(pictures[:1] + pictures[5:], MODEL)], 2)
    check_all_same(decoded(data), [pictures[0], pictures[5]])
    mixed = [pictures[0], pictures[5], *pictures[1:5]]
    data = many(MODEL, mixed, [body_of(mixed, MODEL)], 6)
    check_all_same(decoded(data), mixed)
    check_all_same(reference(data)[0], mixed)


# --- what is known of a sample ---------------------------------------------------------------


def walked(picture: Picture) -> Iterator[tuple[Known, list[NDArray[np.bool_]], NDArray[np.float32]]]:
    """Of each step of a picture ``[H, W, planes]`` what is known, which lanes have a sample, and the values."""
    planes, front = planes_of(picture[None]), Front(picture.shape[2], 1, picture.shape[:2])
    memory = front.memory
    for step in range(memory.steps):
        known = front.look(step)
        values, lanes = np.zeros(known.scale.shape, np.float32), []
        every = zip(values, planes, memory.lanes(step, front.groups), memory.samples(step), strict=True)
        for row, plane, some, pixels in every:
            row[some] = plane[pixels].reshape(-1)
            lanes.append(np.isin(np.arange(values.shape[1]), np.arange(some.start, some.stop)))
        front.put(step, values)
        yield known, lanes, values


def errors_by_step(picture: Picture) -> list[float]:
    """The mean size of the errors of each step, in grey levels."""
    found = []
    for known, lanes, values in walked(picture):
        chosen = np.stack(lanes)
        found.append(float(np.abs(values - known.prediction / 64)[chosen].mean()) if chosen.any() else 0.0)
    return found


def test_the_regression_learns() -> None:
    """A linear picture, its colours in other directions, is predicted better and better, and then all but exactly."""
    y, x = np.mgrid[:40, :40]
    picture = np.stack([20 + 3 * y + 2 * x, 240 - 4 * y - x, 30 + y + 4 * x], -1).astype(np.uint8)
    errors = errors_by_step(picture)
    first, middle, last = (float(np.mean(errors[at : at + 12])) for at in (2, 50, 100))
    assert first > 2 and middle < first / 3 and last < min(0.6, first / 5)


def test_a_colour_is_predicted_from_the_one_before() -> None:
    """Noise that all colours share is seen in the second and the third."""
    grey = noise(30, 30, 30)
    errors = {colour: [] for colour in range(3)}  # type: dict[int, list[float]]
    for known, lanes, values in walked(np.stack([grey] * 3, -1)):
        for colour, some in enumerate(lanes):
            errors[colour] += np.abs(values - known.prediction / 64)[colour][some].tolist()
    halves = [np.mean(each[len(each) // 2 :]) for each in errors.values()]
    assert halves[1] < halves[0] / 4 and halves[2] < halves[0] / 4


def test_inputs_stay_within_what_networks_are_proved_for() -> None:
    """Black and white fields have the largest scale there is."""
    largest, most = 0.0, 0.0
    for known, lanes, _ in walked(board(24, 40)):
        for colour, some in enumerate(lanes):
            if some.any():
                largest = max(largest, float(known.scale[colour, some].max()))
                most = max(most, float(np.abs(known.inputs[colour][:, some]).max()))
                assert known.log_scale[colour, some].max() <= INPUT_MAX
    assert 64 * 2 ** (511.5 / 64) < largest <= MAX_SCALE and most == INPUT_MAX


def test_a_regression_without_a_solution() -> None:
    """Whatever its equations are, its weights are numbers: -8, where they would be none."""
    regressions = Regressions(1, [[0.5] * INPUTS])
    regressions.advance(range(1))
    for matrix in (-7.5, 0.0, -1e7, 1e7):
        regressions._matrix[...] = matrix
        regressions._right[...] = 1e7
        regressions.advance(range(1))
        assert np.isfinite(regressions.weights).all() and np.abs(regressions.weights).max() <= 8
        assert matrix != -7.5 or (regressions.weights == -8).all()  # a share of 0.8, and 6 more: nothing to divide by


def test_regressions_equal_those_of_the_reference() -> None:
    """Weights, bit for bit, of random equations, some of them hardly solvable."""
    rng = np.random.default_rng(31)
    for scale in (1, 30, 1000, 100_000):
        ours = Regressions(1, [[0.25] * INPUTS])
        ours.advance(range(1))
        samples = rng.normal(0, 1, (50, INPUTS)).astype(np.float32)
        matrix = (samples.T @ samples * np.float32(scale)).astype(np.float32)
        ours._matrix[...] = matrix[..., None, None]
        ours._right[...] = rng.normal(0, scale * 20, (INPUTS, 1, 1)).astype(np.float32)
        theirs = REFERENCE.Regression(ours._matrix[..., 0, 0], ours._right[:, 0, 0], ours.weights[:, 0, 0])
        theirs = theirs.shared(theirs)
        theirs.solve()
        ours.advance(range(1))
        check_same(ours.weights[:, 0, 0], theirs.weights)


# --- tables ----------------------------------------------------------------------------------


def test_tables_are_whole() -> None:
    """All of them: entries of at least 1, with a sum of 2**24."""
    firsts = SCALES * TAILS * PHASES
    for start in range(0, firsts * (NIBBLE + 1), 4096):
        freq = ready_tables().freq(np.arange(start, min(start + 4096, firsts * (NIBBLE + 1))))
        assert freq.min() >= 1 and (freq.sum(1) == 1 << 24).all()


def test_both_symbols_make_one_distribution() -> None:
    """As the reference decoder has it: exactly, and the second within what rounding takes."""
    rng = np.random.default_rng(32)
    for _ in range(60):
        scale, tail, phase = (int(rng.integers(*ends)) for ends in ((0, SCALES), (0, TAILS), (-8, 8)))
        number = first_table(*(np.array([each]) for each in (scale, tail, phase)))
        first = ready_tables().freq(number)[0]
        whole = np.diff(REFERENCE.sums_of(scale, tail, phase))
        assert first.tolist() == np.diff(REFERENCE.first_table(scale, tail, phase)).tolist()
        assert first.tolist() == whole.reshape(NIBBLE, NIBBLE).sum(1).tolist()
        for symbol in range(NIBBLE):
            second = ready_tables().freq(second_table(number, np.array([symbol])))[0]
            assert second.tolist() == np.diff(REFERENCE.second_table(scale, tail, phase, symbol)).tolist()
            part = whole[NIBBLE * symbol :][:NIBBLE]
            assert np.abs(second / 2**24 - part / part.sum()).max() < 1e-5


def test_tables_are_wider_by_class() -> None:
    """And centred: the nearest distances have most, of the narrow ones all but everything."""
    sums = [REFERENCE.sums_of(scale, 3, 0) for scale in range(0, SCALES, 5)]
    nearest = [each[9] - each[8] for each in sums]
    assert all(a > b for a, b in pairwise(nearest)) and nearest[0] > 0.9 * 2**24


# --- damage ----------------------------------------------------------------------------------

SMALL = ["pixels-1x1", "pixels-1x1-rgb", "pixels-2x2", "pixels-plain"]


@pytest.mark.parametrize("name", [*SMALL, "pixels-row", "pixels-equal-alpha"])
def test_damage_is_found(name: str) -> None:
    check_damage_is_found(vector("valid", name), package)


@pytest.mark.parametrize("name", SMALL)
def test_damage_behind_a_good_checksum(name: str) -> None:
    """Every bit flipped and every length: a documented error, or, of bits 40 and 80, the very picture."""
    data = vector("valid", name)
    right = outcome(package, data)
    changed = {
        f"bit {bit} of byte {place}": resealed(flipped(data, place, 1 << bit))
        for place in range(2, len(data) - 4)
        for bit in range(8)
    }
    changed |= {f"cut to {length}": sealed(data[:length]) for length in range(3, len(data) - 4)}
    changed |= {f"followed by {byte}": sealed(data[:-4] + bytes([byte])) for byte in (0, 1, 255)}
    harmless = set()
    for what, file in changed.items():
        (error, ours), (their_error, theirs) = outcome(package, file), outcome(reference, file)
        if not error:
            harmless.add(what)
            assert ("", ours) == (their_error, theirs) == right, what
        elif not their_error:  # the package alone demands the one form of a payload
            assert error == "FormatError" and ("", theirs) == right, what
        else:
            assert error == their_error, what
    assert harmless == {"bit 6 of byte 2", "bit 7 of byte 2"}


def test_a_payload_that_could_be_shorter() -> None:
    """The one thing that only the package refuses."""
    picture = noise(420, 1, 1)
    data = one(MODEL, picture)
    longer = sealed(data[:-8] + b"\x01" + data[-8:-4])
    check_all_same(reference(longer)[0], [picture])
    check_error(FormatError, lambda: decoded(longer))


# --- fields ----------------------------------------------------------------------------------


@st.composite
def headers(draw: Any) -> Header:
    several = draw(st.booleans())
    count = draw(st.integers(1, 9)) if several else 1
    return Header(
        exact=True,
        fingerprint=PRINT,
        many=several,
        count=count,
        block_pictures=draw(st.integers(1, 11)) if several else 1,
        shapes=Shapes.of(draw(shapes()) for _ in range(count)),
        names=tuple(f"{at}.png" for at in range(count)) if several and draw(st.booleans()) else None,
        pixels=True,
    )


@given(headers(), st.data())
def test_headers(header: Header, data: Any) -> None:
    bodies = data.draw(st.lists(st.binary(max_size=40), min_size=header.blocks, max_size=header.blocks))
    checks = data.draw(st.lists(st.integers(0, 2**32 - 1), min_size=header.blocks, max_size=header.blocks))
    file = build(header, bodies, checks)
    found = parse(file)
    assert found.header == header
    assert [found.body(block) for block in range(header.blocks)] == bodies
    assert [found.check(block) for block in range(header.blocks)] == [each.to_bytes(4, "big") for each in checks]
    assert (file[2] & 0x27, file[7], found.stop) == (0x27, 0xF0, len(file))


@pytest.mark.parametrize("flags", [0x23, 0x2B, 0x33, 0x3B, 0xE3])
def test_layers_f0_without_geometry_say_nothing_yet(flags: int) -> None:
    """Whatever follows; a golden file of an earlier version says so."""
    content = b"\xae\xc1" + bytes([flags]) + PRINT + b"\xf0" + bytes(9)
    check_error(UnsupportedError, lambda: parse(content))
    check_error(UnsupportedError, lambda: parse(sealed(content)))
    assert outcome(reference, content) == ("UnsupportedError", None)


@pytest.mark.parametrize("method", range(256))
def test_methods_in_a_file_for_a_pixel_model(method: int) -> None:
    picture = textured(40, 3, 4)
    data = one(MODEL, picture)
    place = len(data) - 8 - len(body_of([picture], MODEL))
    changed = resealed(data[:place] + bytes([method]) + data[place + 1 :])
    damaged = method < 9 or method in (11, 23, 24, 39)  # 8 gives other pixels; the model has no drawings
    expected = "" if method == 7 else "FormatError" if damaged else "UnsupportedError"
    assert outcome(package, changed)[0] == outcome(reference, changed)[0] == expected


def test_a_lossy_file_of_a_pixel_model_is_read_as_all_others() -> None:
    """First its alpha, and then the model cannot serve."""
    head = b"\xae\xc1\x05" + MODEL.fingerprint + b"\x01\x02\x02"
    for field, expected in ((b"\x05\0abcd", "ModelError"), (b"\x04\0abc", "FormatError"), (b"\x02\x07", "FormatError")):
        data = sealed(head + field + b"*" + bytes(1))
        assert outcome(package, data)[0] == outcome(reference, data)[0] == expected


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


# --- other processes -------------------------------------------------------------------------


def program(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", "AECODEC_MODEL_PATH": ""}
    command = [sys.executable, "-m", "aecodec", *words]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


def test_the_command_line(tmp_path: Path) -> None:
    """A coloured picture: the pixel model is found and named, and another process gives the same pixels."""
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "any.safetensors").write_bytes(CONTENT)
    picture = textured(50, 40, 60)
    Image.fromarray(picture).save(tmp_path / "p.png")
    said = program(tmp_path, "compress", "p.png", "-o", "p.aec", "--lossless", "--model-path", "m")
    assert "exact" in said.stderr and "vector-pixels" in said.stderr
    data = (tmp_path / "p.aec").read_bytes()
    assert parse(data).header.pixels and parse(data).header.fingerprint == MODEL.fingerprint
    assert data == encode([picture], Plan(MODEL, True, 0), many=False).data
    found = json.loads(program(tmp_path, "info", "--json", "p.aec").stdout)
    assert found["model"] == MODEL.fingerprint.hex() and found["lossless"] is True
    program(tmp_path, "decompress", "p.aec", "-o", "q.png", "--model-path", "m")
    check_same(np.asarray(Image.open(tmp_path / "q.png")), picture)


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
