"""Golden files that must decode: to these pixels by both decoders, and made again byte for byte."""

from __future__ import annotations

import hashlib
import io
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aecodec
from aecodec.codec import Decoder
from aecodec.container import Header, Shape, Shapes, build, parse, parse_second
from aecodec.container.header import MAX_BLOCK_PICTURES
from aecodec.entropy import StreamReader
from aecodec.files import read_picture
from aecodec.limits import MAX_EFFORT
from aecodec.lossy import decode_symbols
from aecodec.lossy.search import SEARCH
from aecodec.zoo import Zoo, load_model
from formats.vectors_maker.shipped import find_shipped
from tests.checks import check_all_same
from tests.conftest import ROOT
from tests.golden import MANIFEST, MODELS, SAME_ZLIB, VECTORS, Picture, package, reference, vector, zoo
from tests.made import strokes


def stored(name: str, count: int) -> list[Picture]:
    file = io.BytesIO((VECTORS / name).read_bytes())
    pictures = [np.load(file) for _ in range(count)]
    assert not file.read()
    return pictures


@pytest.mark.parametrize("name", MANIFEST["valid"])
def test_valid(name: str) -> None:
    """Both decoders give exactly these pixels and names."""
    entry, data = MANIFEST["valid"][name], vector("valid", name)
    expected = stored(f"valid/{name}.npy", len(entry["shapes"]))
    assert [list(picture.shape) for picture in expected] == entry["shapes"]
    assert hashlib.sha256(b"".join(p.tobytes() for p in expected)).hexdigest() == entry["pixels_sha256"]
    for decode in (package, reference):
        pictures, names = decode(data)
        check_all_same(pictures, expected)
        assert names == entry["names"]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pictures_by_index(size: int) -> None:
    """From blocks of one picture, two and three, the last block being shorter or not."""
    pictures = list(strokes(5, 9, 7))
    shapes = Shapes.of([Shape(9, 7)] * len(pictures))
    header = Header(exact=True, fingerprint=None, many=True, count=len(pictures), block_pictures=size, shapes=shapes)
    blocks = [b"".join(map(bytes, pictures[start : start + size])) for start in range(0, len(pictures), size)]
    decoder = Decoder(build(header, [b"\0" + each for each in blocks], [zlib.crc32(each) for each in blocks]), zoo())
    check_all_same([decoder.picture(index) for index in range(len(pictures))], pictures)


LAYERED = [name for name, entry in MANIFEST["valid"].items() if "base_sha256" in entry]


@pytest.mark.parametrize("name", LAYERED)
def test_valid_first_layers(name: str) -> None:
    """Both decoders give these lossy pictures, of the whole file and of its first layer alone."""
    entry, data = MANIFEST["valid"][name], vector("valid", name)
    expected = stored(f"valid/{name}.base.npy", len(entry["shapes"]))
    assert hashlib.sha256(b"".join(p.tobytes() for p in expected)).hexdigest() == entry["base_sha256"]
    for part in (data, data[: parse(data).stop], data[:-1]):
        for decode in (package, reference):
            pictures, names = decode(part, base=True)
            check_all_same(pictures, expected)
            assert names == entry["names"]


OF_SHIPPED = [name for name, e in MANIFEST["valid"].items() if (e["encode"] or {}).get("model") in MANIFEST["shipped"]]
MADE_AGAIN = [
    name for name, entry in MANIFEST["valid"].items() if entry["encode"] and entry["search"] in (None, SEARCH)
]


@pytest.mark.parametrize("name", MADE_AGAIN)
def test_encoding_again(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bytes; where deflate has a part in them, and this is another zlib, the same pixels.

    What an earlier search made is only decoded, above: the format leaves the search open.
    """
    entry, data = MANIFEST["valid"][name], vector("valid", name)
    options = dict(entry["encode"])
    source = "npy" if options["lossless"] else "source.npy"
    pictures = stored(f"valid/{name}.{source}", len(entry["shapes"]))
    if "png" in entry:
        check_all_same([read_picture(str(VECTORS / "valid" / f"{name}.png"))], pictures)
    given: Any = pictures[0]
    if options.pop("many"):
        given, options["block_pictures"] = pictures, MAX_BLOCK_PICTURES  # blocks were larger then
    if "exact" in options:  # a model that is not for exact pixels by what it says
        exact = load_model(model_file(options.pop("exact")).read_bytes())
        monkeypatch.setattr(Zoo, "for_exact", lambda zoo, latent_dim: exact)
    if options["model"] is not None:
        options["model"] = str(model_file(options["model"]))
    monkeypatch.setattr("aecodec.codec.blocks.filled", lambda picture: picture)  # hidden colours were coded then
    found = aecodec.compress(given, **options)
    if entry["deflate"] and not SAME_ZLIB:
        check_all_same(package(found)[0], package(data)[0])
    else:
        assert found.hex() == data.hex()


def model_file(name: str) -> Path:
    """The file of a model as the manifest calls it."""
    return find_shipped(name) if name in MANIFEST["shipped"] else MODELS / f"{name}.safetensors"


def test_each_vector_names_its_search() -> None:
    """Those of the present one cover steps, searched and not."""
    for name, entry in MANIFEST["valid"].items():
        options = entry["encode"] or {"lossless": True}
        searched = bool(("progressive" in options or not options["lossless"]) and options["effort"])
        assert (entry["search"] in range(1, SEARCH + 1)) if searched else entry["search"] is None, name
    again = {(parse(vector("valid", name)).header.step, MANIFEST["valid"][name]["search"]) for name in MADE_AGAIN}
    assert {(1, None), (3, None), (1, SEARCH), (2, SEARCH), (3, SEARCH), (8, SEARCH)} <= again
    present = [name for name in MADE_AGAIN if MANIFEST["valid"][name]["search"] == SEARCH]
    assert len(present) >= 10
    assert {1, 2, 3, MAX_EFFORT} <= {MANIFEST["valid"][name]["encode"]["effort"] for name in present}


def test_the_vectors_show_what_they_say() -> None:
    headers = {name: parse(vector("valid", name)).header for name in MANIFEST["valid"] if name not in OF_SHIPPED}
    assert all(headers[name].fingerprint for name in ("exact-native", "exact-modelled-odd", "exact-many-native"))
    assert headers["lossy-native"].shapes is None and headers["lossy-many-native"].shapes is None
    assert headers["lossy-many-blocks"].blocks > 2 and headers["lossy-many-named"].blocks > 2
    methods = {name: parse(vector("valid", name)).body(0)[0] for name in headers if headers[name].has_method}
    assert [methods[f"exact-{kind}"] for kind in ("stored", "deflated", "differenced")] == [0, 1, 2]
    assert [methods[f"network-{kind}"] for kind in ("many", "mixed", "mixed-fast", "sides")] == [5, 5, 4, 5]
    assert all(headers[name].fingerprint for name in headers if name.startswith("network-"))
    of_each = parse(vector("valid", "network-methods"))
    assert [of_each.body(block)[0] for block in range(3)] == [4, 5, 3]
    layered = [name for name in LAYERED if name not in OF_SHIPPED]
    second = {name: parse_second(parse(vector("valid", name))) for name in layered}
    assert all(headers[name].layered == (name in layered) for name in headers)
    assert {name.removeprefix("layers-"): second[name].body(0)[0] for name in layered} == {
        **dict.fromkeys(["native", "many", "many-some", "large", "colour", "places"], 6),
        **dict.fromkeys(["residual", "residual-odd", "step-3-layers"], 3),
        "stored": 0,
        "la": 1,
        "mixed": 1,
        "deflated": 1,
        "blocks": 0,
    }
    assert [second["layers-blocks"].body(block)[0] for block in range(3)] == [0, 3, 6]
    assert vector("valid", "optional-flags")[2] & 0xC0 == 0xC0
    assert vector("valid", "lossy-searched") != vector("valid", "lossy-unsearched")
    steps = {name: int(name.split("-")[1]) for name in headers if name.startswith("step-")}
    assert {name: header.step for name, header in headers.items() if header.step > 1} == steps
    assert set(steps.values()) == set(range(2, 17))
    assert escapes_of("step-3-escapes") > 9
    assert all(escapes_of(f"step-{step}-symbols") for step in range(2, 17))
    every = load_model((MODELS / "vector-every-op.safetensors").read_bytes()).description
    ops = {"dense", "conv", "flatten", "concat", "reshape", "shuffle", "add", "round"}
    assert {step["op"] for step in every["synthesis"]} == ops


def test_the_file_in_the_document() -> None:
    """Section 17 of aec.md has it byte by byte, sections 13 to 16 one of a grid of latents, two of pixels, one of a
    drawing, and one of 16 bits.
    """
    text = (ROOT / "formats" / "aec.md").read_text("utf-8")
    rows_of = {"mnist-8-layers": 13, "grid-1x1": 8, "pixels-1x1-rgb": 9, "quick-1x1": 7, "drawings-1x1-rgb": 9}
    rows_of |= {"deep-1x1": 10}
    for name, count in rows_of.items():
        part = re.split(r"\n## |byte by byte", text.split(f"byte by byte, `valid/{name}.aec`", 1)[1])[0]
        rows = re.findall(r"^\| `([0-9A-F ]+)` \|", part, re.MULTILINE)
        assert bytes.fromhex("".join(rows)) == vector("valid", name) and len(rows) == count


def test_every_shipped_model_in_every_mode() -> None:
    """And every kind of picture, in sizes from 1x1 to 257x129."""
    modes: dict[str, set[str]] = {name: set() for name in MANIFEST["shipped"]}
    shapes = set()
    for name in OF_SHIPPED:
        entry, header = MANIFEST["valid"][name], parse(vector("valid", name)).header
        options = entry["encode"]
        kind = "layers" if header.layered else "exact" if header.exact else "lossy"
        modes[options["model"]] |= {kind, f"{kind} of {'many' if header.many else 'one'}"}
        modes[options["model"]] |= {f"{kind} {'searched' if options['effort'] else 'at once'}"}
        modes[options["model"]] |= {"step"} if header.step > 1 else set()
        shapes |= {tuple(shape) for shape in entry["shapes"]}
        if name.startswith("mnist-784-exact"):
            assert header.fingerprint and not (header.has_method and parse(vector("valid", name)).body(0)[0] != 3)
    lossy = {"lossy of one", "lossy of many", "lossy searched", "lossy at once", "step", "layers"}
    assert all(modes[name] >= lossy for name in modes if name != "mnist-exact")
    exact = {"exact of one", "exact of many"}
    assert modes["mnist-784"] >= exact and modes["mnist-exact"] >= exact | {"exact at once", "lossy"}
    assert {"layers of many", "layers searched", "layers at once"} <= set.union(*modes.values())
    assert {(1, 1), (28, 28), (129, 257)} <= shapes and {shape[2:] for shape in shapes} == {(), (2,), (3,), (4,)}
    assert len([name for name in OF_SHIPPED if "png" in MANIFEST["valid"][name]]) >= 5


def escapes_of(name: str) -> int:
    """How many symbols of a vector lie outside their tables."""
    container = parse(vector("valid", name))
    model = zoo().by_fingerprint(container.header.fingerprint or b"")
    prior = model.tiles.networks.prior.at_step(container.header.step)
    count = 9 if container.header.shapes else min(container.header.block_pictures, container.header.count)
    symbols = decode_symbols(prior, count, StreamReader(container.body(0)))
    return int(((symbols < prior.low) | (symbols > prior.high)).sum())
