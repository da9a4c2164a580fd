"""Models that are stored as what differs from bases, and pairs: saved, loaded, sent, and refused."""

from __future__ import annotations

import hashlib
import json
import pickle
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load

from aecodec.errors import ModelError
from aecodec.kinds import PairCodec
from aecodec.kinds.parts import DRAWINGS
from aecodec.zoo import Adapted, Factors, Role, load_model, pack_model, save_adapted, save_model, tensors_of
from aecodec.zoo.bases import Base
from tests.checks import check_error, check_same, flipped
from tests.made import made_drawing_tensors, made_grid_tensors, made_model, made_pixel_tensors, made_tensors
from tests.zoo.adapted import base, bases, lossy_half, moved, pair, parts

FILES = tuple(bases().values())


def described(data: bytes) -> dict[str, Any]:
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    found: dict[str, Any] = json.loads(header["__metadata__"]["description"])
    return found


def repacked(data: bytes, changes: dict[str, Any], *, drop: str = "") -> bytes:
    """The file with other keys of the description, and a digest that suits them."""
    model = load_model(data, FILES)
    tensors = {name: each for name, each in load(data).items() if name != drop}
    return pack_model(model.id, tensors, {**model.description, **changes}, "9")


def test_a_pair_is_two_codecs() -> None:
    """The tensors are those that it was made of, and both halves answer."""
    model = load_model(pair(), FILES)
    assert isinstance(model.built, PairCodec) and model.built.kind == "pair"
    assert model.codec is model.built.lossy and model.pixels is model.built.pixels
    assert (model.native, model.built.tile, model.residual, model.ink) == (None, None, None, None)
    assert model.role is Role.ADAPTED and model.is_lossy and model.pixels.has_drawings
    check_error(ModelError, lambda: model.tiles)
    found = tensors_of(model)
    for half, part in parts().items():
        for name, tensor in part.tensors.items():
            check_same(found.pop(f"{half}.{name}"), tensor)
    assert not found


def test_it_is_small_and_names_its_bases() -> None:
    data = pair()
    assert len(data) < sum(map(len, FILES)) / 10
    named = {half: described(data)[half]["base"] for half in ("lossy", "exact")}
    assert named == {
        half: {"id": name, "sha256": hashlib.sha256(bases()[name]).hexdigest()}
        for half, name in (("lossy", "made-grid"), ("exact", "made-drawings"))
    }


def test_the_same_model_is_the_same_bytes() -> None:
    again = save_adapted("made-own", parts(), {"pictures": "any", "role": "adapted"})
    assert again == pair()
    assert load_model(again, FILES[::-1]).sha256 == hashlib.sha256(again).hexdigest()


def test_one_half_is_a_model_of_its_own_kind() -> None:
    """Of each kind, that of tiles included."""
    model = load_model(lossy_half(), FILES)
    assert (model.built.kind, model.role, len(model.bases)) == ("grid", None, 1)
    exact = load_model(save_adapted("made-exact", {"exact": parts()["exact"]}, {}), FILES)
    assert exact.built.kind == "pixels" and not exact.is_lossy
    tensors, description = made_tensors()
    tensors["synthesis.0.bias"] = tensors["synthesis.0.bias"] + np.int32(9)
    tiles = load_model(made_model())
    data = save_adapted("made-tiles", {"lossy": Adapted(tiles, tensors, description=description)}, {})
    assert load_model(data, [tiles.data]).tiles.tile == (8, 8)
    assert described(data).keys() == {"kind", "base", "digest", "known_answer"}


def test_without_a_base_tensors_are_packed() -> None:
    grid, pixels = made_grid_tensors(seed=4), made_pixel_tensors(seed=4)
    some = {
        "lossy": Adapted(None, grid[0], description=grid[1]),
        "exact": Adapted(None, pixels[0], description=pixels[1]),
    }
    model = load_model(save_adapted("made-alone", some, {}))
    assert model.bases == () and model.pixels is not None and not model.pixels.has_drawings
    names = {*(f"lossy.{name}" for name in grid[0]), *(f"exact.{name}" for name in pixels[0])}
    assert tensors_of(model).keys() == names


def test_networks_of_another_width() -> None:
    """Keys of the base's description go where they are None."""
    tensors, description = made_pixel_tensors(seed=6, hidden=(3, 4))
    part = Adapted(base("made-drawings"), tensors, description={**description, "drawings": None})
    data = save_adapted("narrow", {"exact": part}, {})
    assert described(data)["drawings"] is None
    assert not load_model(data, FILES).built.parts


def test_networks_that_the_base_lacks() -> None:
    drawn, whole = made_drawing_tensors(seed=6, hidden=(4, 3))
    plain = load_model(save_model("made-pixels", *made_pixel_tensors()))
    data = save_adapted("more", {"exact": Adapted(plain, drawn, description=whole)}, {})
    assert load_model(data, [plain.data]).built.parts == {DRAWINGS}


def test_factors() -> None:
    before = tensors_of(base("made-grid"))
    name = "synthesis.0.weight.0"
    left, right = np.full((len(before[name]), 1), 3, np.int8), np.full((1, before[name][0].size), 2, np.int8)
    rest = {key: each for key, each in before.items() if key != name}
    some = {"lossy": Adapted(base("made-grid"), rest, {name: Factors(left, right, 1)})}
    found = tensors_of(load_model(save_adapted("low", some, {}), FILES))
    check_same(found[name], np.clip(before[name].astype(int) + 3, -127, 127).astype(np.int8))


@pytest.mark.parametrize("some", [{}, {"tiles": parts()["lossy"]}, {**parts(), "more": parts()["lossy"]}])
def test_parts_that_there_are_not(some: dict[str, Adapted]) -> None:
    check_error(ModelError, lambda: save_adapted("made", some, {}))


def test_halves_of_other_kinds() -> None:
    swapped = {"lossy": parts()["exact"], "exact": parts()["lossy"]}
    assert "lossy half is of kind 'pixels'" in check_error(ModelError, lambda: save_adapted("made", swapped, {}))


def test_what_no_model_can_have_is_refused_when_it_is_saved() -> None:
    tensors = moved(base("made-drawings"))
    tensors["pixels.0.0.bias"] = np.full_like(tensors["pixels.0.0.bias"], 1 << 25)
    some = {"exact": Adapted(base("made-drawings"), tensors)}
    assert "bound" in check_error(ModelError, lambda: save_adapted("made", some, {}))


def test_it_travels_with_its_bases() -> None:
    """And is checked where it arrives, once."""
    model = load_model(pair(), [made_model(), *FILES])
    first, second = (pickle.loads(pickle.dumps(model)) for _ in range(2))
    assert first is second and (first.sha256, first.bases) == (model.sha256, FILES)
    assert len(model.bases) == 2


@pytest.mark.parametrize("files", [(), FILES[:1], FILES[1:], (*FILES[:1], made_model())])
def test_a_base_that_is_missing(files: tuple[bytes, ...]) -> None:
    message = check_error(ModelError, lambda: load_model(pair(), files))
    name = "made-grid" if FILES[0] not in files else "made-drawings"
    assert f"{name}, SHA-256 {hashlib.sha256(bases()[name]).hexdigest()}" in message


def test_a_base_that_differs_by_a_byte_is_another() -> None:
    other = [flipped(FILES[0], len(FILES[0]) - 1, 1), FILES[1]]
    assert "not at hand" in check_error(ModelError, lambda: load_model(pair(), other))


def test_no_base_has_a_base() -> None:
    half = lossy_half()
    again = repacked(half, {"base": Base.of(half).described})
    assert "itself stored" in check_error(ModelError, lambda: load_model(again, [*FILES, half]))
    model = load_model(half, FILES)
    some = {"lossy": Adapted(model, tensors_of(model))}
    assert "itself stored" in check_error(ModelError, lambda: save_adapted("again", some, {}))


@pytest.mark.parametrize(
    "changes",
    [
        {"lossy": None},
        {"lossy": 7},
        {"lossy": "base"},
        {"exact": {}},
        {"exact": {"base": None}},
        {"exact": {"base": []}},
        {"exact": {"base": {"id": "made-drawings"}}},
        {"exact": {"base": {"id": 7, "sha256": "0" * 64}}},
        {"exact": {"base": {"id": "made-drawings", "sha256": 7}}},
        {"exact": {"base": {"id": "made-drawings", "sha256": "0" * 63}}},
        {"exact": {"base": {"id": "made-drawings", "sha256": "F" * 64}}},
        {"exact": {"base": Base.of(FILES[0]).described}},
        {"kind": "grid"},
        {"kind": "pixels"},
        {"kind": "trio"},
        {"known_answer": "0" * 64},
    ],
)
def test_descriptions_that_are_wrong(changes: dict[str, Any]) -> None:
    check_error(ModelError, lambda: load_model(repacked(pair(), changes), FILES))


@pytest.mark.parametrize("drop", ["lossy.changes", "exact.changes"])
def test_changes_that_are_missing(drop: str) -> None:
    assert drop in check_error(ModelError, lambda: load_model(repacked(pair(), {}, drop=drop), FILES))


def test_every_flipped_byte_is_found() -> None:
    data = pair()
    for number, place in enumerate(range(0, len(data), 23)):
        damaged = flipped(data, place, (0x01, 0x80, 0xFF)[number % 3])
        check_error(ModelError, lambda d=damaged: load_model(d, FILES), f"byte {place}")


@pytest.mark.parametrize("version", ["1", "5", "7", "8"])
def test_another_version_cannot_be_a_pair(version: str) -> None:
    other = pair().replace(b'"version":"9"', f'"version":"{version}"'.encode())
    assert "kind pair" in check_error(ModelError, lambda: load_model(other, FILES))


def test_this_version_needs_packed_tensors() -> None:
    plain = FILES[0].replace(b'"version":"8"', b'"version":"9"')
    assert "no tensor changes" in check_error(ModelError, lambda: load_model(plain, FILES))
