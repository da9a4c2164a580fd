"""Drawings: sizes and kinds, lockstep, what is remembered, tables, damage, and models that are unsound."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from aecodec.arrays import Floats32
from aecodec.codec import Decoder
from aecodec.codec.encode import encode
from aecodec.codec.plan import Plan
from aecodec.container import parse
from aecodec.drawings import candidates, decode_drawings, encode_drawings, most_steps, steps_of
from aecodec.drawings.blocks import together
from aecodec.drawings.canvas import Canvas
from aecodec.drawings.coder import Drawing, Encoder
from aecodec.drawings.inputs import CHOICE_WIDTH, INPUT_MAX, VALUE_WIDTHS
from aecodec.drawings.networks import LOGIT_MAX
from aecodec.drawings.plain import Plain
from aecodec.drawings.recall import Recall, hashes
from aecodec.entropy import StreamWriter
from aecodec.errors import FormatError, LimitError, ModelError, UnsupportedError
from aecodec.limits import MAX_PIXEL_STEPS
from aecodec.zoo import load_model, pack_model, save_model
from formats.vectors_maker.drawings import body_of, drawn, icon, mixed, one, plot, text
from formats.vectors_maker.pictures import equal, noise
from formats.vectors_maker.pixels import many, textured
from formats.vectors_maker.vector import OneModel
from tests.checks import check_all_same, check_damage_is_found, check_error, check_same, flipped, resealed, sealed
from tests.made import Arrays, made_drawing_tensors, made_pixel_tensors
from tests.reference import load_reference
from tests.test_vectors import MANIFEST, MODELS, outcome, package, reference, vector

REFERENCE = load_reference()
CONTENT = (MODELS / "vector-drawings.safetensors").read_bytes()
MODEL = load_model(CONTENT)
WITHOUT = load_model((MODELS / "vector-pixels.safetensors").read_bytes())
SLOWEST = 10.0  # seconds of one refusal
VALID = [name for name in MANIFEST["valid"] if name.startswith("drawings-")]
Picture = NDArray[np.uint8]


def decoded(data: bytes) -> list[Picture]:
    return list(Decoder(data, OneModel(MODEL)))


def payload_of(*pictures: Picture) -> bytes:
    return body_of(pictures, MODEL)[1:]


# --- round trips -----------------------------------------------------------------------------

KINDS: dict[str, Callable[[int, int], Picture]] = {
    "grey": lambda h, w: text(1, h, w, 1),
    "la": lambda h, w: text(2, h, w, 2),
    "rgb": lambda h, w: text(3, h, w, 3),
    "rgba": lambda h, w: text(4, h, w, 4),
    "equal": lambda h, w: equal(text(5, h, w, 1)),
    "equal and alpha": lambda h, w: equal(text(6, h, w, 1), text(7, h, w, 1)),
    "noise": lambda h, w: noise(8, h, w, 4),
    "slopes": lambda h, w: textured(9, h, w),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (2, 2), (5, 3), (21, 17)])
def test_round_trips(size: tuple[int, int], kind: str) -> None:
    """And the reference decoder reads the same."""
    picture = KINDS[kind](*size)
    data = one(MODEL, picture)
    for decode in (package, reference):
        check_all_same(decode(data)[0], [picture])


@pytest.mark.parametrize("height", range(1, 8))
@pytest.mark.parametrize("width", range(1, 8))
def test_small_pictures_of_every_size(height: int, width: int) -> None:
    """Where all surroundings lie outside, on one side or another; both decoders, and all numbers of planes."""
    shape = height, width, 1 + (height + width) % 4
    picture = np.random.default_rng(10 * height + width).integers(0, 3, shape).astype(np.uint8) * 90
    picture = picture[..., 0] if shape[2] == 1 else picture
    data = one(MODEL, picture)
    for decode in (package, reference):
        check_all_same(decode(data)[0], [picture])


@pytest.mark.parametrize("size", [(3, 200), (90, 4), (1, 60), (60, 1)])
def test_long_pictures(size: tuple[int, int]) -> None:
    picture = text(10, *size, channels=4)
    for decode in (package, reference):
        check_all_same(decode(one(MODEL, picture))[0], [picture])


@pytest.mark.parametrize("name", VALID)
def test_a_writer_makes_the_same_payloads(name: str) -> None:
    """Of golden files, which are written by hand: all blocks of method 9."""
    container = parse(vector("valid", name))
    header, pictures = container.header, decoded(vector("valid", name))
    assert header.pixels and header.exact and header.check_bytes == 4
    found = 0
    for block in range(header.blocks):
        some = pictures[block * header.block_pictures :][: header.block_pictures]
        if container.body(block)[0] == 9:
            found += 1
            assert body_of(some, MODEL) == container.body(block)
    assert found


def test_golden_files_have_every_kind_of_symbol() -> None:
    """Each rank, and none; each hint, and none; and each channel's value, in some of them."""
    said: dict[int, set[int]] = {7: set(), 16: set(), 2: set()}
    ranked: set[int] = set()

    class Heard(Encoder):
        def code(self, lanes: Any, freq: Any, symbols: Any) -> Any:
            found = super().code(lanes, freq, symbols)
            said[freq.shape[1]] |= set(found.tolist())
            return found

    for name in ("drawings-mixed", "drawings-plot", "drawings-icons"):
        for picture in drawn(decoded(vector("valid", name))):
            whole, canvas = (Canvas(1, picture.shape[:2]) for _ in range(2))
            whole.fill(picture[None])
            Drawing(networks()).walk(canvas, picture.shape[2], Heard(whole, StreamWriter()))
            ranked |= set(canvas._chosen.reshape(-1).tolist())
    assert said == {2: {0, 1}, 7: set(range(7)), 16: set(range(16))} and ranked == set(range(7))


def networks() -> Any:
    assert MODEL.pixels is not None
    return MODEL.pixels.drawings


def test_the_encoder_takes_drawings() -> None:
    """Method 9 of letters, 7 of slopes; and a model without drawings goes on as before."""
    letters, smooth = text(11, 60, 90), textured(12, 40, 40)
    for picture, method in ((letters, 9), (smooth, 7)):
        found = encode([picture], Plan(MODEL, True, 0), many=False)
        assert parse(found.data).body(0)[0] == method
        check_all_same(decoded(found.data), [picture])
    found = encode([smooth], Plan(WITHOUT, True, 0), many=False)
    assert parse(found.data).body(0)[0] == 7 and found.model is WITHOUT


# --- lockstep and memory ---------------------------------------------------------------------


def test_which_pictures_go_together() -> None:
    """By size, in the order in which each first comes; four before each, no more than 512 pixels of a step."""
    sizes = [(8, 90, 3), (5, 4, 3), (8, 90, 3), (8, 90, 4), (5, 4, 3)] + [(8, 90, 3)] * 400
    found = list(together(sizes))
    counts = [len(places) for places in found]
    assert counts[:10] == [1] * 8 + [2, 2] and max(counts) == 64 and sum(counts) == len(sizes)
    assert [place for places in found[:-3] for place in places] == [0, 2, *range(5, 405)]
    assert found[-3:] == [[1], [4], [3]]
    assert list(together([(2000, 2000, 1)] * 2)) == [[0], [1]]


@pytest.mark.parametrize("most", [1, 2, 3, 100])
def test_groups(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many go together, both decoders read the same, and each number has bytes of its own."""
    pictures = [text(seed, 4, 9) for seed in range(5)] + [icon(6, 9)]
    monkeypatch.setattr("aecodec.drawings.blocks.EARLIER", 1)
    monkeypatch.setattr(REFERENCE, "DRAWN_EARLIER", 1)
    before = body_of(pictures, MODEL)
    monkeypatch.setattr("aecodec.drawings.blocks.TOGETHER", 4 * most)
    monkeypatch.setattr(REFERENCE, "DRAWN_LANES", 4 * most)
    body = body_of(pictures, MODEL)
    assert (body == before) == (most > 1)  # they go one by one, and then the third and the fourth together
    data = many(MODEL, pictures, [body], len(pictures))
    for decode in (package, reference):
        check_all_same(decode(data)[0], pictures)


def test_a_second_copy_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered of one picture is known to the next of the payload, of whatever size it is; but not to one in
    lockstep with it.
    """
    letters = np.concatenate([text(seed, 30, 60) for seed in (20, 21)])
    for picture, most in ((letters, 0.6), (plot(22, 60, 60), 0.15), (icon(23, 40), 0.1), (noise(24, 20, 20, 3), 0.05)):
        alone = len(payload_of(picture))
        wider = np.concatenate([picture, picture[:, :1]], axis=1)
        assert len(payload_of(picture, wider)) - alone < most * alone
        assert len(payload_of(picture, picture)) - alone < most * alone
        with monkeypatch.context() as changed:
            changed.setattr("aecodec.drawings.blocks.together", lambda sizes: [list(range(len(sizes)))])
            assert len(payload_of(picture, picture)) > 1.9 * alone


def test_no_block_remembers_another() -> None:
    data = vector("valid", "drawings-blocks")
    container = parse(data)
    assert container.header.blocks == 3
    assert len({container.body(block) for block in range(3)}) == 1
    check_same(Decoder(data, OneModel(MODEL)).picture(2), Decoder(data, OneModel(MODEL)).picture(0))


def test_unlike_pictures_in_one_payload() -> None:
    """In any order; both decoders."""
    pictures = mixed()
    for some in (pictures[::-1], pictures[3:] + pictures[:3]):
        data = many(MODEL, some, [body_of(some, MODEL)], len(some))
        for decode in (package, reference):
            check_all_same(decode(data)[0], some)


# --- tables ----------------------------------------------------------------------------------


def test_tables_remember_as_the_reference_does() -> None:
    """Random outcomes of a few contexts, many lanes of which fall together in each step."""
    rng = np.random.default_rng(30)
    ours, theirs = Recall(2, 3), REFERENCE.Memory(2, 3)
    lasting = 0
    for _ in range(200):
        keys = rng.integers(0, 40, (2, 6)).astype(np.uint32)
        found = ours.look(keys)
        entries = [theirs.look(keys[:, lane].tolist()) for lane in range(6)]
        for lane, some in enumerate(entries):
            expected = [(entry.first, entry.second, entry.seen, entry.level) for entry in some]
            each = (found.first, found.second, found.seen, found.level)
            assert list(zip(*(values[:, lane].tolist() for values in each), strict=True)) == expected
        lasting = max(lasting, int(found.seen.max()))
        outcome = np.where(rng.random(6) < 0.9, 7, rng.integers(0, 3, 6)).astype(np.uint32)
        ours.note(found, outcome)
        for lane, some in enumerate(entries):
            theirs.note(some, [int(outcome[lane])] * 2)
    assert lasting > 16


def test_the_last_lane_stays() -> None:
    """Two lanes of a step with one entry: what the second brings, to what both found."""
    recall = Recall(1, 4)
    keys = np.array([[5, 5]], np.uint32)
    recall.note(recall.look(keys), np.array([1, 2], np.uint32))
    found = recall.look(keys)
    assert (found.first.tolist(), found.second.tolist(), found.seen.tolist()) == ([[2, 2]], [[2, 2]], [[1, 1]])
    recall.note(found, np.array([2, 3], np.uint32))
    found = recall.look(keys)
    assert (found.first.tolist(), found.second.tolist(), found.seen.tolist()) == ([[3, 3]], [[2, 2]], [[1, 1]])


def test_a_count_ends_at_255() -> None:
    recall, key = Recall(1, 4), np.array([[9]], np.uint32)
    for _ in range(300):
        recall.note(recall.look(key), np.array([4], np.uint32))
    found = recall.look(key)
    assert (found.seen.tolist(), found.level.tolist()) == ([[255]], [[7]])
    recall.note(found, np.array([6], np.uint32))
    found = recall.look(key)
    assert (found.first.tolist(), found.second.tolist(), found.seen.tolist()) == ([[4]], [[6]], [[64]])


def test_hashes_equal_those_of_the_reference() -> None:
    values = np.random.default_rng(31).integers(0, 1 << 32, (24, 5), np.uint64).astype(np.uint32)
    values[:, 0] = (1 << 32) - 1
    found = hashes(values)
    for lane in range(5):
        assert found[:, lane].tolist() == REFERENCE.hashes_of(values[:, lane].tolist())


def test_votes_are_those_of_the_reference() -> None:
    assert candidates.VOTES[: len(REFERENCE.VOTES)].tolist() == [list(row) for row in REFERENCE.VOTES]
    assert candidates.VOTES[len(REFERENCE.VOTES) :, 3].tolist() == list(REFERENCE.NEAR_VOTES)
    assert candidates.HINT_VOTES.tolist() == [list(row) for row in REFERENCE.HINT_VOTES]
    assert candidates.HINT_MISS.tolist() == list(REFERENCE.NO_HINT_VOTES)


def test_the_document_has_the_votes() -> None:
    """All tables of section 15, as the package has them."""
    document = (MODELS.parents[1] / "aec.md").read_text("utf-8").split("\n## 15. ")[1].split("\n## ")[0]
    rows = [
        [int(number) for number in line.replace("−", "-").strip("| \n").split("|")]
        for line in document.splitlines()
        if line.count("|") == 10 and "source" not in line and "---" not in line
    ]
    learned, hints = candidates.VOTES[: 2 * candidates.CONTEXTS], candidates.HINT_VOTES
    assert rows == [[at, *row] for table in (learned, hints) for at, row in enumerate(table.tolist())]
    for some in (candidates.VOTES[2 * candidates.CONTEXTS :, 0], candidates.HINT_MISS):
        *first, last = (str(number).replace("-", "−") for number in some)
        assert f"{', '.join(first)} and {last}" in document
    places = [f"({dy},{dx})".replace("-", "−") for dy, dx in candidates.AROUND]
    assert " ".join(places[:12]) in document and " ".join(places[12:]) in document


def test_plain_surroundings() -> None:
    """Frequencies as the reference has them; counts are halved once a step."""
    plain, same = Plain(), np.full(3000, 77, np.uint32)
    counts = [0, 0]
    for step in range(12):
        freq = plain.frequencies(same)
        assert (freq == freq[0]).all() and freq[0].tolist() == np.diff(REFERENCE.plain_table(*counts)).tolist()
        other = np.arange(3000) == 0 if step == 5 else np.zeros(3000, np.intp)
        plain.note(same, other.astype(np.intp))
        counts = [counts[0] + 3000 - int(other.sum()), counts[1] + int(other.sum())]
        counts = [count // 2 for count in counts] if sum(counts) > 4096 else counts
    assert freq[0, 1] < 1 << 14  # one of many thousands


@pytest.mark.parametrize("kind", ["plot", "noise", "icons", "board", "slopes"])
def test_inputs_stay_within_what_networks_are_proved_for(kind: str) -> None:
    """Whole numbers, none above 511 in size, of the width that the networks expect."""
    y, x = np.mgrid[:24, :31]
    pictures = {
        "plot": plot(32, 30, 40),
        "noise": noise(33, 20, 20, 4),
        "icons": icon(34, 25),
        "board": np.stack([(y // 5 + x // 7 + at * y // 3) % 2 * 255 for at in range(4)], -1).astype(np.uint8),
        "slopes": textured(35, 20, 24),
    }
    seen: list[Floats32] = []

    class Looked:
        def __init__(self, network: Any) -> None:
            self._network = network
            self.second = network.second if hasattr(network, "second") else None

        def first(self, inputs: Floats32) -> Any:
            seen.append(inputs)
            return self._network.first(inputs)

    class All:
        def __init__(self) -> None:
            self.values = {shift: Looked(network) for shift, network in networks().values.items()}

        def choice(self, inputs: Floats32, votes: Any) -> Floats32:
            seen.append(inputs)
            found: Floats32 = networks().choice(inputs, votes)
            return found

    encode_drawings(drawn([pictures[kind]]), All())
    assert {each.shape[1] for each in seen} <= {CHOICE_WIDTH, *VALUE_WIDTHS}
    assert CHOICE_WIDTH in {each.shape[1] for each in seen}
    assert all((each == np.rint(each)).all() and np.abs(each).max() <= INPUT_MAX for each in seen)


# --- damage ----------------------------------------------------------------------------------

SMALL = ["drawings-1x1", "drawings-1x1-rgba", "drawings-2x2", "drawings-plain"]


@pytest.mark.parametrize("name", [*SMALL, "drawings-row", "drawings-equal-alpha"])
def test_damage_is_found(name: str) -> None:
    check_damage_is_found(vector("valid", name), package)


@pytest.mark.parametrize("name", SMALL[:3])
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


@pytest.mark.parametrize("seed", range(8))
def test_payloads_of_nothing(seed: int) -> None:
    """Random bytes: a documented error or pictures, the same from both decoders."""
    rng = np.random.default_rng(seed)
    body = b"\x09" + rng.integers(1, 256, int(rng.integers(1, 60))).astype(np.uint8).tobytes()
    data = one(MODEL, text(seed, 9, 11, 1 + seed % 4), body)
    assert outcome(package, data) == outcome(reference, data) == ("FormatError", None)


@pytest.mark.parametrize("method", range(256))
def test_methods_in_a_file_for_a_model_with_drawings(method: int) -> None:
    picture = text(40, 3, 4)
    data = one(MODEL, picture)
    place = len(data) - 8 - len(body_of([picture], MODEL))
    changed = resealed(data[:place] + bytes([method]) + data[place + 1 :])
    damaged = method < 10 or method in (11, 23, 24, 25, 39)  # 7 gives other pixels
    expected = "" if method == 9 else "FormatError" if damaged else "UnsupportedError"
    assert outcome(package, changed)[0] == outcome(reference, changed)[0] == expected


def test_drawings_by_a_model_that_has_none() -> None:
    assert WITHOUT.pixels is not None and not WITHOUT.pixels.has_drawings
    with pytest.raises(ModelError):
        WITHOUT.pixels.encode_drawings([])
    data = one(MODEL, text(41, 6, 9))
    changed = resealed(data[:3] + WITHOUT.fingerprint + data[7:])
    check_error(UnsupportedError, lambda: package(changed))
    with pytest.raises(REFERENCE.Unsupported):
        reference(changed)


# --- limits and models -----------------------------------------------------------------------


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
