"""Files and model files of grids of latents: every field at its edges, damage, and models that are not sound."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from aecodec.codec import Decoder
from aecodec.codec.encode import encode
from aecodec.codec.plan import Plan
from aecodec.container import Header, Shape, Shapes, build, parse
from aecodec.container.header import has_form, read_form
from aecodec.container.varint import Cursor
from aecodec.errors import FormatError, LimitError, ModelError, UnsupportedError
from aecodec.zoo import load_model, pack_model, save_model
from formats.vectors_maker.vector import OneModel
from tests.checks import check_all_same, check_damage_is_found, check_error, flipped, resealed, sealed
from tests.container.made import shapes
from tests.golden import outcome, package, reference, vector
from tests.made import Arrays, made_grid_tensors
from tests.reference import load_reference
from tests.trust.mutators import CHANGES, sealed_again

PRINT = bytes.fromhex("0badcafe")
REFERENCE = load_reference()
DOCUMENTED = (FormatError, UnsupportedError, ModelError, LimitError)
SLOWEST = 10.0  # seconds of one refusal

# --- fields ----------------------------------------------------------------------------------


@st.composite
def headers(draw: Any) -> Header:
    many = draw(st.booleans())
    count = draw(st.integers(1, 9)) if many else 1
    return Header(
        exact=False,
        fingerprint=PRINT,
        many=many,
        count=count,
        block_pictures=draw(st.integers(1, 11)) if many else 1,
        shapes=Shapes.of(draw(shapes()) for _ in range(count)),
        names=tuple(f"{at}.png" for at in range(count)) if many and draw(st.booleans()) else None,
        quality=draw(st.integers(0, 100)),
        referenced=many and draw(st.booleans()),
    )


@given(headers(), st.data())
def test_round_trips(header: Header, data: Any) -> None:
    bodies = data.draw(st.lists(st.binary(max_size=40), min_size=header.blocks, max_size=header.blocks))
    checks = data.draw(st.lists(st.integers(0, 2**32 - 1), min_size=header.blocks, max_size=header.blocks))
    file = build(header, bodies, checks)
    found = parse(file)
    assert found.header == header
    assert [found.body(block) for block in range(header.blocks)] == bodies
    assert [found.check(block) for block in range(header.blocks)] == [check.to_bytes(4, "big") for check in checks]
    quality = header.quality or 0
    said = bytes([0xF2, quality]) if header.referenced else bytes([0x80 + quality])
    assert (file[2] & 0x27, file[7 : 7 + len(said)], found.stop) == (0x27, said, len(file))


def test_four_bytes_check_even_one_picture() -> None:
    size = Shapes([(Shape(1, 1), 1)])
    one, grid = (build(Header(False, PRINT, False, shapes=size, quality=q), [b""], [1]) for q in (None, 0))
    assert one.hex() == "aec1050badcafe000101" + "01" + one[-4:].hex()
    assert grid.hex() == "aec1270badcafe80000101" + "00000001" + grid[-4:].hex()


@pytest.mark.parametrize("layers", range(256))
def test_the_layers_byte(layers: int) -> None:
    content = b"\xae\xc1\x27" + PRINT + bytes([layers]) + b"\0\x01\x01" + b"\x01\x02\x03\x04"
    if 0x80 <= layers <= 0xE4:
        header = parse(sealed(content)).header
        assert (header.quality, header.layered, header.exact, header.step) == (layers - 0x80, False, False, 1)
        assert has_form(content[2])
        assert read_form(Cursor(content, 7, len(content)), content[2]).quality == header.quality
    elif layers == 0xF0:
        header = parse(sealed(content)).header
        assert (header.quality, header.layered, header.exact, header.step) == (None, False, True, 1) and header.pixels
    elif layers in (0xF3, 0xF4):
        header = parse(sealed(content[:8] + b"\x25" + content[8:])).header
        assert (header.altered, header.pixels, header.exact, header.lossless) == (37, True, True, False)
        assert header.restored == (layers == 0xF4)
    elif layers >> 4 != 1:
        check_error(UnsupportedError, lambda: parse(sealed(content)))
        check_error(UnsupportedError, lambda: parse(content))  # whatever the checksum is
    else:
        assert read_form(Cursor(content, 7, len(content)), content[2]).length == 0


@pytest.mark.parametrize("flags", [0x23, 0x33, 0x37, 0x2B])
def test_flags_that_a_grid_cannot_have(flags: int) -> None:
    """No geometry, or names of one picture."""
    content = b"\xae\xc1" + bytes([flags]) + PRINT + b"\xa5" + b"\x01\x01" * bool(flags & 8) + b"\0\x01\x01" + bytes(9)
    check_error(FormatError, lambda: parse(sealed(content)))


# --- damage ----------------------------------------------------------------------------------

SMALL = [
    "grid-1x1",
    "grid-0",
    "grid-alpha-stored",
    "grid-many",
    "references-mixed",
    "filtered-weights-1",
    "dependent-symbols-10",
]


@pytest.mark.parametrize("name", SMALL)
def test_damage_is_found(name: str) -> None:
    check_damage_is_found(vector("valid", name), package)


@pytest.mark.parametrize("name", SMALL)
def test_damage_behind_a_good_checksum(name: str) -> None:
    """Every bit flipped, of later bytes one, and every length: never other pixels.

    Bits 40 and 80 of the flags say nothing.
    """
    data = vector("valid", name)
    right = outcome(package, data)
    changed = {
        f"bit {bit} of byte {place}": resealed(flipped(data, place, 1 << bit))
        for place in range(2, len(data) - 4)
        for bit in range(8)
        if place < 24 or bit == place % 8
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
            assert error == their_error and error in {each.__name__ for each in DOCUMENTED}, (what, error, their_error)
    optional = {"bit 6 of byte 2", "bit 7 of byte 2"}
    blocks = {f"bit {bit} of byte {place}" for place in (9, 10) for bit in range(8)}  # block-pictures may exceed count
    assert optional <= harmless <= optional | (blocks if data[2] & 8 else set())


def test_changes_of_all_kinds() -> None:
    """With checksums that fit: a documented error, or the very pictures."""
    rng = np.random.default_rng(41)
    contents = [vector("valid", name) for name in (*SMALL, "grid-rgba", "lossy-native", "layers-native")]
    for number in range(200):
        kind = list(CHANGES)[number % len(CHANGES)]
        data = sealed_again(CHANGES[kind](contents[int(rng.integers(4))], rng, contents))
        error, found = outcome(package, data)
        if not error:
            assert (error, found) == outcome(reference, data), data.hex()


# --- models that are not sound ---------------------------------------------------------------

TENSORS, DESCRIPTION = made_grid_tensors()
Change = tuple[Arrays, dict[str, Any]]


def with_tensors(**tensors: np.ndarray[Any, Any] | None) -> Change:
    """``None`` for a tensor that is missing; ``__`` stands for a dot."""
    named = {name.replace("__", "."): tensor for name, tensor in tensors.items()}
    return {name: each for name, each in {**TENSORS, **named}.items() if each is not None}, DESCRIPTION


def with_layer(name: str, **parts: np.ndarray[Any, Any]) -> Change:
    return {**TENSORS, **{f"{name}.{part.replace('_', '.')}": each for part, each in parts.items()}}, DESCRIPTION


def with_chain(name: str, change: Callable[[list[dict[str, Any]]], Any]) -> Change:
    steps = [dict(step) for step in DESCRIPTION[name]]
    found = change(steps)
    return TENSORS, {**DESCRIPTION, name: steps if found is None else found}


def misshapen() -> Iterator[tuple[str, Change]]:
    """Every tensor missing, of another dtype, of another shape."""
    for name, tensor in TENSORS.items():
        flat = tensor.reshape(-1)
        others: dict[str, np.ndarray[Any, Any] | None] = {
            "missing": None,
            "of NaN": np.full(tensor.shape, np.nan, np.float32),
            "of int64": tensor.astype(np.int64),
            "of bool": tensor.astype(np.bool_),
            "unsigned": tensor.view(f"u{tensor.dtype.itemsize}"),
            "one less": tensor[..., :-1],
            "one more": np.concatenate([flat, flat[:1]]),
            "one axis more": tensor[None],
            "of other rows": tensor[:-1],
            "empty": tensor[:0],
        }
        for number, (what, other) in enumerate(others.items()):
            some = (number + len(name)) % 3 == 0 or what == "missing"  # all of them take a minute
            if some and not (what == "missing" and name.endswith(".quality")):
                yield f"{name} {what}", with_tensors(**{name: other})


def unbounded() -> Iterator[tuple[str, Change]]:
    """Sums that float64 cannot hold, and values out of range."""
    for name in (key.removesuffix(".bias") for key in TENSORS if key.endswith(".bias")):
        shift = TENSORS[f"{name}.shift"].copy()
        for value in (32, -32, 127, -128):
            shift[-1] = value
            yield f"{name}.shift ends in {value}", with_layer(name, shift=shift.copy())
        shift[-1] = -31
        most = {"bias": TENSORS[f"{name}.bias"].copy(), "shift": shift}
        most["bias"][-1] = np.iinfo(np.int32).min
        yield f"{name} reaches 2**63", with_layer(name, **most)
        quality = np.full(len(shift), np.iinfo(np.int32).max, np.int32)
        most = {"quality": quality, "shift": np.full(len(shift), -15, np.int8)}
        yield f"{name} reaches 2**53 by its quality", with_layer(name, **most)
    for name in ("gains", "hyper.gains"):
        for value in (769, -769, -32768):
            gains = TENSORS[name].copy()
            gains[4, 0] = value
            yield f"{name} of {value}", with_tensors(**{name: gains})
    for name in ("hyper.means", "hyper.scales"):
        for value in (32768, -32768, np.iinfo(np.int32).min):
            values = TENSORS[name].copy()
            values[0] = value
            yield f"{name} of {value}", with_tensors(**{name: values})
    for low, high in ((0, 32768), (-32768, 0), (5, 5), (9, 3), (0, 1 << 70)):
        for chain, at in (("synthesis", 0), ("hyper_synthesis", 2)):
            what = f"{chain} clips to {low}..{high}"
            yield what, with_chain(chain, lambda steps, at=at, low=low, high=high: steps[at].update(low=low, high=high))


def unsound_tables() -> Iterator[tuple[str, Change]]:
    reach, stored = TENSORS["scales.reach"], TENSORS["scales.frequencies"]
    for value in (-1, 2049, 1 << 30, np.iinfo(np.int32).min, np.iinfo(np.int32).max):
        other = reach.copy()
        other[7] = value
        yield f"a reach of {value}", with_tensors(scales__reach=other)
    moved = reach.copy()
    moved[[8, 10]] += np.array([1, -1], np.int32)
    yield "reaches that do not fit their tables", with_tensors(scales__reach=moved)
    for what, at, by in (("above", 3, 1), ("below", 3, -1), ("far above", 0, 1 << 24)):
        other = stored.copy()
        other[at] += by
        yield f"a table whose sum is {what} 2**24", with_tensors(scales__frequencies=other)
    for value in (0, -5):
        other = stored.copy()
        other[0] += other[1] - value
        other[1] = value
        yield f"a frequency of {value}", with_tensors(scales__frequencies=other)


def misdescribed() -> Iterator[tuple[str, Change]]:
    """Slices and chains that do not fit, and what is no integer."""
    junk: list[Any] = [None, True, "2", 2.0, 2.5, [], {}, -1, 0, 1 << 80]
    for value in [*junk, [2, 3], [2, 3, 1, 1], [3, 2, 1], [6], [2, 3, 0], [2, 4, -1], [2, 3, 1.0], ["2", 3, 1], [1024]]:
        yield f"slices {value}", (TENSORS, {**DESCRIPTION, "slices": value})
    for name in ("analysis", "synthesis", "hyper_analysis", "hyper_synthesis"):
        for value in [*junk, [None], [[]], [7], ["conv"], [{"op": "conv"}], [{"by": 2}], [{"op": []}]]:
            yield f"{name} {value}", (TENSORS, {**DESCRIPTION, name: value})
        without = {key: each for key, each in DESCRIPTION.items() if key != name}
        yield f"{name} missing", (TENSORS, without)
        yield f"{name} without its last step", with_chain(name, lambda steps: steps[:-1])
        yield f"{name} without its first step", with_chain(name, lambda steps: steps[1:])
        yield f"{name} twice", with_chain(name, lambda steps: steps * 2)
        for op in ("dense", "shuffle", "Conv", None, ["conv"], {}):
            yield f"{name} with {op}", with_chain(name, lambda steps, op=op: steps[0].update(op=op))
        at = next(at for at, step in enumerate(DESCRIPTION[name]) if "by" in step)
        for by in [*junk[:8], 1, 3, 8, 32, -2, 1 << 40]:
            yield f"{name} by {by}", with_chain(name, lambda steps, at=at, by=by: steps[at].update(by=by))
        at = next(at for at, step in enumerate(DESCRIPTION[name]) if "low" in step)
        for key in ("low", "high"):
            for value in (None, True, "0", 0.0, 1.5, [], {}):
                change = {key: value}
                what = f"{name} {key} {value}"
                yield what, with_chain(name, lambda steps, at=at, change=change: steps[at].update(change))
    around = [{"op": "down", "by": 2}, {"op": "up", "by": 2}]
    for name in ("synthesis", "hyper_synthesis", "analysis", "hyper_analysis"):
        yield f"{name} down and up", with_chain(name, lambda steps: around + steps)
        yield f"{name} up and down", with_chain(name, lambda steps: around[::-1] + steps)
    for kind in ("Grid", "wavelets", "", None, 7, ["grid"], "tiles", "x" * 5000):
        yield f"kind {str(kind)[:9]}", (TENSORS, {**DESCRIPTION, "kind": kind})
    for value in ("8", 1.5, None, [8]):
        yield f"latent_dim {value}", (TENSORS, {**DESCRIPTION, "latent_dim": value})
    yield "an ink coder", with_tensors(origins__ink=np.zeros(4, np.int8), origins__sides=np.zeros(65, np.uint8))
    yield "a residual coder", with_tensors(residual__costs=np.zeros((200, 256), np.uint8))


def layer_of(outputs: int, *parts: tuple[int, ...]) -> Arrays:
    made = {f"weight_{at}": np.zeros((outputs, *part), np.int8) for at, part in enumerate(parts)}
    none = np.zeros(outputs, np.int32)
    return {**made, "bias": none, "quality": none, "shift": np.zeros(outputs, np.int8)}


def unlike_filters() -> Iterator[tuple[str, Change]]:
    """Filters across the borders of blocks: one of two, of another dtype, of another shape."""
    tensors, description = made_grid_tensors(lapped=True)
    for name in ("prefilter", "postfilter"):
        tensor = tensors[name]
        yield f"{name} missing", ({key: each for key, each in tensors.items() if key != name}, description)
        for what, other in {
            "of int8": tensor.astype(np.int8),
            "of int32": tensor.astype(np.int32),
            "of floats": tensor.astype(np.float32),
            "of 15 rows": tensor[:15],
            "with an axis more": tensor[None],
        }.items():
            yield f"{name} {what}", ({**tensors, name: other}, description)


def unlike_adaptive() -> Iterator[tuple[str, Change]]:
    """Adaptive filters: bounds, clips and tables that are missing, of another form, or out of range."""
    tensors, description = made_grid_tensors(lapped=True, filtered=True)

    def other(name: str, tensor: NDArray[Any]) -> tuple[str, Change]:
        return f"{name} {tensor.ravel()[:3]} {tensor.dtype} {tensor.shape}", (tensors | {name: tensor}, description)

    for name in ("bounds", "clip", "groups", "weights"):
        full, tensor = f"adaptive.{name}", tensors[f"adaptive.{name}"]
        yield f"{full} missing", ({key: each for key, each in tensors.items() if key != full}, description)
        for changed in (tensor.astype(np.int64), tensor.astype(np.float32), tensor[:-1], tensor[None]):
            yield other(full, changed)
    for value in (0, -1, 2049, 1 << 30):
        yield other("adaptive.clip", np.array([value], np.int32))
    for bounds in ([0, 1, 2, 3, 4, 5, 6], [1, 2, 3, 3, 4, 5, 6], [1, 2, 3, 4, 5, 7, 6], [-5, 1, 2, 3, 4, 5, 6]):
        yield other("adaptive.bounds", np.array(bounds, np.int32))
    for name in ("groups", "weights"):
        for by in ([1, 0], [-1, 0]):
            changed = tensors[f"adaptive.{name}"].copy()
            changed[0, :2] += np.array(by, np.int32)
            yield other(f"adaptive.{name}", changed)
        for value in (0, -7):
            changed = tensors[f"adaptive.{name}"].copy()
            changed[-1, 1] += changed[-1, 0] - value
            changed[-1, 0] = value
            yield other(f"adaptive.{name}", changed)


def unlike_second() -> Iterator[tuple[str, Change]]:
    """Tables of the second quantizer of another length, form or sum."""
    tensors, description = made_grid_tensors(lapped=True, filtered=True, dependent=True)
    second = tensors["scales.second"]
    forms = {"shorter": second[:-1], "longer": np.append(second, second[-1]), "of int64": second.astype(np.int64)}
    forms |= {"of int16": second.astype(np.int16), "of floats": second.astype(np.float32), "empty": second[:0]}
    less, none = second.copy(), second.copy()
    less[1] -= 1
    none[:2] = [0, second[:2].sum()]
    for what, other in {**forms, "with another axis": second[None], "of another sum": less, "with a 0": none}.items():
        yield f"scales.second {what}", ({**tensors, "scales.second": other}, description)


def bombs() -> Iterator[tuple[str, Change]]:
    """Small files, each sound but for the memory or the time that it would take."""
    clip = {"op": "conv", "low": 0, "high": 9}
    wide = 1 << 20
    first = with_layer("slices.0.0", **layer_of(wide, (1, 1, 4), (4, 1, 2)))[0]
    second = {f"slices.0.1.{key.replace('_', '.')}": each for key, each in layer_of(8, (1, 1, wide)).items()}
    yield "a slice of 2**20 hidden channels", ({**first, **second}, DESCRIPTION)
    for outputs in (1025, 4096):
        yield f"{outputs} channels", with_layer("synthesis.0", **layer_of(outputs, (1, 1, 6)))
        yield f"{outputs} features", with_layer("hyper_synthesis.2", **layer_of(outputs, (1, 1, 2)))
    up = {"op": "up", "by": 2}
    steps = DESCRIPTION["synthesis"][:5]
    fine = with_layer("synthesis.3", **layer_of(1024, (1, 1, 12)))[0]
    yield "values for eight rows of a place", (fine, {**DESCRIPTION, "synthesis": [*steps, up, clip, up]})
    heavy = TENSORS
    for at, (outputs, inputs) in enumerate([(1024, 6), (512, 256), (1024, 512), (512, 1024)]):
        made = layer_of(outputs, (3, 3, inputs))
        heavy = heavy | {f"synthesis.{at}.{key.replace('_', '.')}": each for key, each in made.items()}
    again: list[dict[str, Any]] = [clip, up, clip, clip, clip, up]
    yield "2**25 multiplications of a place", (heavy, {**DESCRIPTION, "synthesis": again})
    yield "9000 convolutions", (TENSORS, {**DESCRIPTION, "synthesis": [clip] * 9000})
    ups = [{"op": "up", "by": 2}] * 9000
    yield "9000 steps up", (TENSORS, {**DESCRIPTION, "synthesis": ups})
    yield "9000 steps down", (TENSORS, {**DESCRIPTION, "analysis": [{"op": "down", "by": 16}] * 9000})
    yield "2000 slices", (TENSORS, {**DESCRIPTION, "slices": [1] * 2000})
    many = {"gains": np.zeros((11, 1025), np.int16), "hyper__gains": np.zeros((11, 1025), np.int16)}
    yield "1025 channels of latents", (with_tensors(gains=many["gains"])[0], {**DESCRIPTION, "slices": [1025]})
    more = {f"hyper__{name}": np.zeros(1025, np.int32) for name in ("means", "scales")}
    yield "1025 hyper-latents", with_tensors(hyper__gains=many["hyper__gains"], **more)


HOSTILE = {
    part.__name__: dict(part())
    for part in (
        misshapen,
        unbounded,
        unsound_tables,
        misdescribed,
        unlike_filters,
        unlike_adaptive,
        unlike_second,
        bombs,
    )
}
STATED = {"unlike_filters": "8", "unlike_adaptive": "12", "unlike_second": "13"}  # else 5


def test_there_are_many() -> None:
    assert {name: len(group) >= 9 for name, group in HOSTILE.items()} == dict.fromkeys(HOSTILE, True)
    data = save_model("made-grid", *made_grid_tensors())
    load_model(data)
    REFERENCE.Model(data)


@pytest.mark.parametrize("group", HOSTILE)
def test_hostile_models(group: str) -> None:
    """Refused at once, in one line, and before they are run; by the reference decoder, too, where it needs the part."""
    for what, (tensors, description) in HOSTILE[group].items():
        data = pack_model("made", tensors, {**description, "known_answer": "none"}, STATED.get(group, "5"))
        start = time.perf_counter()
        message = check_error(ModelError, lambda data=data: load_model(data), what)
        assert time.perf_counter() - start < SLOWEST, what
        assert "known answer" not in message, what
        if group == "bombs" and what.startswith(("values", "2**25")):
            assert "too many" in message, message
        unneeded = ("analysis", "latents", "pixels", "prefilter of", "prefilter with", "hyper_analysis", "latent_dim")
        if group != "bombs" and not what.startswith(unneeded):
            with pytest.raises(REFERENCE.ModelNeeded):
                REFERENCE.Model.__wrapped__(data)


@pytest.mark.parametrize(
    ("version", "own"),
    [
        *((each, "5") for each in "123468"),
        ("12", "5"),
        ("5", "8"),
        ("12", "8"),
        ("8", "12"),
        ("13", "12"),
        ("12", "13"),
        ("13", "14"),
        ("14", "13"),
        ("14", "12"),
    ],
)
def test_a_grid_of_another_version(version: str, own: str) -> None:
    number = int(own)
    parts = {"lapped": number > 5, "filtered": number >= 12, "dependent": number >= 13}
    data = save_model("made-grid", *made_grid_tensors(**parts, octaves=2 * (number >= 14)))
    changed = data.replace(f'"version":"{own}"'.encode(), f'"version":"{version}"'.encode())
    assert changed != data
    check_error(ModelError, lambda: load_model(changed))
    with pytest.raises(REFERENCE.ModelNeeded):
        REFERENCE.Model.__wrapped__(changed)


INTERLACED = {"lapped": True, "filtered": True, "dependent": True, "octaves": 2}


@pytest.mark.parametrize(
    "shape",
    [
        {"slices": (1,), "hyper": 1, "features": 1, "width": 4},
        {"slices": (4, 1, 1, 2), "hyper": 2, "features": 7, "width": 12, "seed": 3},
        {"slices": (1, 5), "hyper": 9, "features": 2, "seed": 4},
        {"slices": (1, 5), "hyper": 9, "features": 2, "seed": 5, "lapped": True},
        {"slices": (2, 4), "hyper": 2, "features": 3, "seed": 6, "lapped": True, "filtered": True},
        {"slices": (2, 4), "hyper": 2, "features": 3, "seed": 9, "lapped": True, "filtered": True, "dependent": True},
        *({"slices": (3, 2), "hyper": 2, "features": 3, "seed": 9 + n, **INTERLACED, "octaves": n} for n in (1, 2, 3)),
    ],
)
def test_other_models(shape: dict[str, Any]) -> None:
    """Models of other widths: both decoders give the same pixels."""
    data = save_model("made-grid", *made_grid_tensors(**shape))
    model, rng = load_model(data), np.random.default_rng(7)
    for quality in (0, 9, 64, 100):
        pictures = [rng.integers(0, 256, (*rng.integers(1, 70, 2), 3), dtype=np.uint8) for _ in range(3)]
        file = encode(pictures, Plan(model, False, 1 if "filtered" in shape else 0, quality), many=True).data
        check_all_same(REFERENCE.decode(file, {model.fingerprint: data})[0], list(Decoder(file, OneModel(model))))


def test_filters_of_the_largest_weights() -> None:
    """Sums as long as they can be: both decoders give the same pixels."""
    tensors, description = made_grid_tensors(lapped=True)
    rng = np.random.default_rng(8)
    for name in ("prefilter", "postfilter"):
        tensors[name] = rng.choice(np.array([-32768, 32767, 0, 4096], np.int16), (16, 16))
    data = save_model("made-grid", tensors, description)
    model = load_model(data)
    pictures = [rng.integers(0, 256, (50, 70, 3), dtype=np.uint8)]
    for effort in (0, 3):
        file = encode(pictures, Plan(model, False, effort, 80), many=True).data
        check_all_same(REFERENCE.decode(file, {model.fingerprint: data})[0], list(Decoder(file, OneModel(model))))
