"""The package against the reference decoder: random pictures, networks of any size, models."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aecodec
from aecodec.container import parse
from aecodec.container.varint import varint
from aecodec.entropy import StreamWriter
from aecodec.scans import Scan, draw
from aecodec.zoo import Zoo, load_model, pack_model, save_model
from tests.checks import check_all_same, check_error, sealed, tiles_of
from tests.conftest import ROOT
from tests.golden import REFERENCE, Picture, by_fingerprint, package, reference
from tests.made import made_model, made_tensors, strokes, widen, with_based, with_ink, with_network
from tests.test_ink_network import misshapen
from tests.test_scans import blob

REAL_MODELS = sorted((ROOT / "models").glob("*.safetensors"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models of several tile sizes and latents; one with each op, one with long tables."""
    folder = tmp_path_factory.mktemp("made")
    tensors, description = made_tensors(seed=14, latents=4, units=(2, 3))
    widen(tensors, units=3)
    (folder / "made-long.safetensors").write_bytes(save_model("made-long", tensors, description))
    kinds: dict[str, dict[str, Any]] = {
        "made-one": {"seed": 11, "latents": 1, "tile": (4, 4), "units": (1, 1)},
        "made-wide": {"seed": 12, "latents": 9, "tile": (4, 16), "units": (2, 3)},
        "made-high": {"seed": 13, "latents": 4, "tile": (12, 8), "every_op": True},
    }
    for name, kind in kinds.items():
        (folder / f"{name}.safetensors").write_bytes(made_model(name, **kind))
    return folder


def only_method_3(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a lossless encoder no other way, however long its payload is."""
    monkeypatch.setattr("aecodec.coders.table.encode_plain", lambda planes: (0, bytes(1 << 20)))
    for module in ("table", "by_tiles"):
        monkeypatch.setattr(f"aecodec.coders.{module}.quick_size", lambda planes: 1 << 20)


def random_picture(rng: np.random.Generator) -> Picture:
    height, width = (int(side) for side in rng.integers(1, 26, 2))
    channels, kind = int(rng.integers(1, 5)), rng.choice(["strokes", "noise", "flat", "equal"])
    if kind == "flat":
        picture = np.full((height, width, channels), rng.integers(0, 256), np.uint8)
    elif kind == "noise":
        picture = rng.integers(0, 256, (height, width, channels)).astype(np.uint8)
    else:
        picture = np.stack(list(strokes(channels, height, width, int(rng.integers(1000)))), -1)
        if kind == "equal" and channels >= 3:
            picture[..., 1] = picture[..., 2] = picture[..., 0]
    return picture[..., 0] if channels == 1 else picture


@pytest.mark.parametrize("seed", range(60))
def test_random_round_trips(seed: int, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(seed)
    name = str(rng.choice(["made-one", "made-wide", "made-high", "made-long"]))
    model = Zoo([made]).by_id(name)
    options: dict[str, Any] = {"model": name, "lossless": bool(rng.integers(2))}
    if not options["lossless"]:
        options |= {"effort": int(rng.integers(3)), "quality": int(rng.choice([100, rng.integers(101)]))}
    elif rng.integers(2):
        only_method_3(monkeypatch)
    native = rng.integers(4) == 0
    count = int(rng.choice([1, 1, 2, 5]))
    pictures = list(tiles_of(model, count, seed)) if native else [random_picture(rng) for _ in range(count)]
    many = count > 1 or bool(rng.integers(2))
    if many and rng.integers(2):
        options["names"] = [f"{seed}/{index}.png" for index in range(count)]
    data = aecodec.compress(pictures if many else pictures[0], model_path=[made], **options)
    found, names = package(data, Zoo([made]))
    if options["lossless"]:
        check_all_same(found, pictures)
    theirs, their_names = reference(data, by_fingerprint(made))
    check_all_same(theirs, found)
    assert names == their_names == options.get("names")


def test_two_groups_with_residual(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """1,088 tiles in a payload, near what the model makes of them."""
    only_method_3(monkeypatch)
    model = Zoo([made]).by_id("made-one")
    picture = np.concatenate(np.concatenate(tiles_of(model, 1088).reshape(32, 34, 4, 4), 1), 1)
    data = aecodec.compress(picture, lossless=True, model="made-one", model_path=[made])
    assert parse(data).header.fingerprint == model.fingerprint
    check_all_same(reference(data, by_fingerprint(made))[0], [picture])


@pytest.mark.parametrize(("units", "seed"), [((1, 1), 1), ((6, 4), 2), ((40, 9), 3), ((3, 70), 5)])
def test_networks_of_any_size(units: tuple[int, int], seed: int) -> None:
    """Scans of many sides in one payload, with both of a model's methods, as the reference decoder reads them."""
    tensors, description = made_tensors(seed=seed, latents=2, tile=(20, 32), units=(1, 2))
    content = save_model("made-network", with_network(tensors, units, seed), description)
    model, rng = load_model(content), np.random.default_rng(seed)
    assert model.ink is not None
    scans = [blob(int(side), seed) for side in rng.integers(20, 84, 3)]
    scans += [rng.integers(0, 2, (side, side), dtype=np.uint8) for side in (21, 20 + 9 * seed)]
    pictures = [draw(bits, model.tiles.tile) for bits in scans]
    for method in (4, 5):
        writer = StreamWriter()
        model.ink.encode([Scan(bits, 0, 0) for bits in scans], writer, fast=method == 4)
        record = bytes([method]) + writer.finish() + zlib.crc32(b"".join(map(bytes, pictures))).to_bytes(4, "big")
        head = model.fingerprint + varint(len(scans)) * 2 + varint(len(record))
        data = sealed(b"\xae\xc1\x0b" + head + record)
        check_all_same(reference(data, {model.fingerprint: content})[0], pictures)


def broken_models() -> dict[str, bytes]:
    """Models with an ink coder that has a network, each of which breaks one rule."""
    tensors, description = made_tensors(seed=5, latents=2, tile=(20, 20), units=(1, 2))
    complete = with_network(dict(tensors))
    based = with_based(dict(tensors))
    kinds = {"1": tensors, "2": with_ink(dict(tensors)), "3": complete, "4": based}
    unsound = {**description, "known_answer": "none"}
    broken = {name: pack_model("made", with_ink(tensors | some), unsound, "3") for name, some in misshapen().items()}
    for version, good in kinds.items():
        content = save_model("made", good, description)
        load_model(content)
        REFERENCE.Model(content)
        for other in sorted({*kinds} - {version}):
            told = [f'"version":"{each}"'.encode() for each in (version, other)]
            broken[f"{version} as {other}"] = content.replace(told[0], told[1])
    short = {name: based[name][..., :-1] for name in ("origins.place", "based.0.weight", "based.2.bias")}
    short["origins.place "] = based["origins.place"].astype(np.int8)
    for name, tensor in short.items():
        broken[f"other {name}"] = pack_model("made", based | {name.strip(): tensor}, unsound, "4")
    for some in ("origins.place", "ink.", "based.1.shift", "based.0.weight"):
        rest = {name: tensor for name, tensor in based.items() if not name.startswith(some)}
        broken[f"without {some}"] = pack_model("made", rest, unsound, "4")
    without = {name: tensor for name, tensor in complete.items() if not name.startswith("origins.")}
    broken["no table"] = save_model("made", without, description).replace(b'"version":"1"', b'"version":"3"')
    return broken


BROKEN = broken_models()


@pytest.mark.parametrize("what", BROKEN)
def test_broken_networks(what: str) -> None:
    """Both refuse the model."""
    check_error(aecodec.ModelError, lambda: load_model(BROKEN[what]), what)
    with pytest.raises(REFERENCE.ModelNeeded):
        REFERENCE.Model(BROKEN[what])


def test_models_are_there() -> None:
    assert len(REAL_MODELS) >= 7


@pytest.mark.parametrize("path", REAL_MODELS, ids=lambda path: path.stem)
def test_released_models(path: Path) -> None:
    """A small round trip with each model in models/."""
    model = load_model(path.read_bytes())
    pictures = [strokes(1, *((35, 17) if model.native is None else model.tiles.tile))[0], strokes(1, 9, 33)[0]]
    ways: list[dict[str, Any]] = [] if model.pixels is not None else [{"effort": 0}, {"effort": 0, "quality": 45}]
    ways += [{"lossless": True}] if model.residual is not None or model.pixels is not None else []
    for way in ways:
        data = aecodec.compress(pictures, model=str(path), **way)
        found, _ = package(data, Zoo([path.parent]))
        check_all_same(reference(data, {model.fingerprint: path.read_bytes()})[0], found)
