"""Golden vectors, and the package against the reference decoder, which shares no code with it."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import aecodec
from aecodec.codec import Decoder
from aecodec.container import Header, Shape, Shapes, build, parse, parse_second
from aecodec.container.header import MAX_BLOCK_PICTURES
from aecodec.container.varint import varint
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import AecError
from aecodec.files import read_picture
from aecodec.lossy import decode_symbols, encode_symbols
from aecodec.lossy.search import MAX_EFFORT, SEARCH
from aecodec.scans import Scan, draw
from aecodec.zoo import Zoo, load_model, pack_model, save_model
from formats import make_vectors
from formats.vectors_maker import shipped
from formats.vectors_maker.shipped import find_shipped
from tests.checks import check_all_same, check_error, flipped, resealed, sealed, tiles_of
from tests.made import made_model, made_tensors, strokes, widen, with_based, with_ink, with_network
from tests.reference import load_reference
from tests.test_ink_network import misshapen
from tests.test_scans import blob

Picture = NDArray[np.uint8]
ROOT = Path(__file__).resolve().parents[1]
VECTORS = ROOT / "formats" / "vectors"
MODELS = VECTORS / "models"
MANIFEST: dict[str, Any] = json.loads((VECTORS / "manifest.json").read_text("utf-8"))
REAL_MODELS = sorted((ROOT / "models").glob("*.safetensors"))
SAME_ZLIB = MANIFEST["zlib"]["version"] == zlib.ZLIB_RUNTIME_VERSION
KEPT = {f"models/{name}-{entry['sha256'][:8]}.safetensors" for name, entry in MANIFEST["shipped"].items()}


REFERENCE = load_reference()
KINDS = {
    "FormatError": REFERENCE.Corrupt,
    "UnsupportedError": REFERENCE.Unsupported,
    "ModelError": REFERENCE.ModelNeeded,
    "LimitError": REFERENCE.Limit,
}


def by_fingerprint(*folders: Path) -> dict[bytes, bytes]:
    files = [path.read_bytes() for folder in folders for path in sorted(folder.glob("*.safetensors"))]
    return {hashlib.sha256(file).digest()[:4]: file for file in files}


KNOWN = by_fingerprint(MODELS, ROOT / "models")


@pytest.fixture(autouse=True)
def only_these_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AECODEC_MODEL_PATH", raising=False)
    monkeypatch.setattr("aecodec.zoo.find.shipped_folder", lambda: tmp_path / "none")


@functools.cache
def zoo() -> Zoo:
    """The vectors' models and those that are shipped, each loaded once."""
    found = Zoo()
    found.folders = [MODELS, ROOT / "models"]
    return found


def package(data: bytes, models: Zoo | None = None, base: bool = False) -> tuple[list[Picture], list[str] | None]:
    decoder = Decoder(data, models or zoo(), base=base)
    names = decoder.container.header.names
    return list(decoder), None if names is None else list(names)


def reference(
    data: bytes, known: Mapping[bytes, bytes] = KNOWN, base: bool = False
) -> tuple[list[Picture], list[str] | None]:
    found: tuple[list[Picture], list[str] | None] = REFERENCE.decode(data, known, base)
    return found


def stored(name: str, count: int) -> list[Picture]:
    file = io.BytesIO((VECTORS / name).read_bytes())
    pictures = [np.load(file) for _ in range(count)]
    assert not file.read()
    return pictures


def vector(kind: str, name: str) -> bytes:
    return (VECTORS / kind / f"{name}.aec").read_bytes()


# --- the folder ------------------------------------------------------------------------------


def test_the_manifest_lists_every_file() -> None:
    files = contents(VECTORS)
    found = {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != "manifest.json"}
    assert found == MANIFEST["sha256"]
    kinds = {"models": ".safetensors", "valid": ".aec", "invalid": ".aec", "future": ".aec"}
    for kind, suffix in kinds.items():
        names = {f"{kind}/{name.removesuffix(suffix)}{suffix}" for name in MANIFEST[kind]}
        assert names == {path for path in found if path.startswith(f"{kind}/") and path.endswith(suffix)} - KEPT
        assert all(entry["shows"] for entry in MANIFEST[kind].values())
    for name, entry in MANIFEST["valid"].items():
        assert f"valid/{name}.npy" in found
        lossy = entry["encode"] is not None and not entry["encode"]["lossless"]
        assert (f"valid/{name}.source.npy" in found) == lossy
        assert (f"valid/{name}.base.npy" in found) == ("base_sha256" in entry)
        assert (f"valid/{name}.png" in found) == ("png" in entry)


def test_there_are_enough_and_they_are_small() -> None:
    assert len(MANIFEST["valid"]) >= 160 and len(MANIFEST["invalid"]) >= 160 and len(MANIFEST["future"]) >= 15
    assert {entry["error"] for entry in MANIFEST["invalid"].values()} == set(KINDS)
    assert sum(len(data) for name, data in contents(VECTORS).items() if name not in KEPT) < 2_200_000


FIXED_SINCE = "84bb7821"  # the last commit that changed a vector; none has since


def git(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False)


def test_golden_files_are_only_ever_added_to() -> None:
    """As far back as they are fixed, in every commit and in what is not committed yet."""
    if shutil.which("git") is None or git("cat-file", "-e", f"{FIXED_SINCE}^{{commit}}").returncode:
        pytest.skip(f"there is no git history with commit {FIXED_SINCE}")
    changes = ["--no-renames", "--diff-filter=a", "--name-only"]
    folders = [f"formats/vectors/{kind}" for kind in ("models", "valid", "invalid", "future")]
    logged = git("log", "-m", "--format=", *changes, f"{FIXED_SINCE}..HEAD", "--", *folders)
    present = git("diff", *changes, "HEAD", "--", *folders)
    for found in (logged, present):
        assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


@pytest.mark.parametrize("name", MANIFEST["shipped"])
def test_models_that_golden_files_name_are_kept(name: str) -> None:
    """In models/ or, shipped no longer, in vectors/models; fails with what is to be done."""
    assert hashlib.sha256(find_shipped(name).read_bytes()).hexdigest() == MANIFEST["shipped"][name]["sha256"]


def test_a_model_may_move_but_not_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = find_shipped("mnist-8").read_bytes()
    monkeypatch.setattr(shipped, "MODELS", tmp_path / "models")
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "vectors")
    with pytest.raises(LookupError, match=r"mnist-8 .* to formats/vectors/models/mnist-8-115c4d89\.safetensors"):
        find_shipped("mnist-8")
    moved = tmp_path / "vectors" / "models" / "mnist-8-115c4d89.safetensors"
    moved.parent.mkdir(parents=True)
    moved.write_bytes(content)
    assert find_shipped("mnist-8") == moved


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def made_anew(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the script makes in a folder that holds the models alone."""
    folder = tmp_path_factory.mktemp("vectors")
    shutil.copytree(MODELS, folder / "models")
    script = ROOT / "formats" / "make_vectors.py"
    code = f"import sys, runpy; sys.path.insert(0, {str(ROOT)!r}); runpy.run_path({str(script)!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def test_the_folder_is_what_the_script_makes(made_anew: Path) -> None:
    """But for what deflate has a part in, where there is another zlib."""
    found, expected = contents(made_anew), contents(VECTORS)
    assert found.keys() == expected.keys()
    if not SAME_ZLIB:
        other = {f"valid/{name}.aec" for name, entry in MANIFEST["valid"].items() if entry["deflate"]}
        other |= {name for name in found if name.startswith(("invalid/", "future/"))} | {"manifest.json"}
        found, expected = ({n: data for n, data in each.items() if n not in other} for each in (found, expected))
    assert {name for name in found if found[name] != expected[name]} == set()


def test_the_script_adds_and_never_overwrites(
    tmp_path: Path, made_anew: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = contents(made_anew)
    manifest = json.loads(files.pop("manifest.json"))
    empty = tmp_path / "empty"
    monkeypatch.setattr(make_vectors, "make_all", lambda folder: (files, manifest))
    monkeypatch.setattr(sys, "argv", ["make_vectors.py", str(empty)])
    assert make_vectors.main() == 0 and contents(empty) == contents(made_anew)

    missing, changed = empty / "valid" / "exact-1x1.aec", empty / "invalid" / "cut.aec"
    content = missing.read_bytes()
    missing.unlink()
    assert make_vectors.main() == 0 and missing.read_bytes() == content  # added again

    known = empty / "manifest.json"
    text = known.read_text("utf-8")
    older = json.loads(text)
    del older["valid"]["searched-odd"]["search"], older["shipped"]
    known.write_text(json.dumps(older), "utf-8")
    assert make_vectors.main() == 0 and known.read_text("utf-8") == text  # it may say more
    older["valid"]["searched-odd"]["shows"] = "something else"
    known.write_text(json.dumps(older), "utf-8")
    capsys.readouterr()
    assert make_vectors.main() == 1 and "valid: searched-odd" in capsys.readouterr().err
    known.write_text(text, "utf-8")

    missing.unlink()
    changed.write_bytes(b"other")
    before = contents(empty)
    assert make_vectors.main() == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and "invalid/cut.aec" in message
    assert contents(empty) == before


# --- files that must decode ------------------------------------------------------------------


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
    """Section 16 of aec.md has it byte by byte, sections 13 to 15 one of a grid of latents, two of pixels, and one of a
    drawing.
    """
    text = (ROOT / "formats" / "aec.md").read_text("utf-8")
    rows_of = {"mnist-8-layers": 13, "grid-1x1": 8, "pixels-1x1-rgb": 9, "quick-1x1": 7, "drawings-1x1-rgb": 9}
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
    prior = model.lossy.prior.at_step(container.header.step)
    count = 9 if container.header.shapes else min(container.header.block_pictures, container.header.count)
    symbols = decode_symbols(prior, count, StreamReader(container.body(0)))
    return int(((symbols < prior.low) | (symbols > prior.high)).sum())


# --- files that must not decode --------------------------------------------------------------


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in ("invalid", "future") for name in MANIFEST[kind]])
def test_refused(kind: str, name: str) -> None:
    """Both decoders refuse it, as the same kind of error."""
    data, expected = vector(kind, name), MANIFEST[kind][name]["error"]
    check_error(getattr(aecodec, expected), lambda: package(data), name)
    with pytest.raises(REFERENCE.DecodeError) as raised:
        reference(data)
    assert type(raised.value) is KINDS[expected]


def test_what_is_of_the_future_is_never_corrupt() -> None:
    """Unsupported; only where a model is of a later version, that is what cannot be used."""
    errors = {name: entry["error"] for name, entry in MANIFEST["future"].items()}
    of_models = {*(f"model-version-{version}" for version in range(5, 10)), "model-kind"}
    assert {name for name, error in errors.items() if error != "UnsupportedError"} == of_models
    assert {errors[name] for name in of_models} == {"ModelError"}


@pytest.mark.parametrize(
    ("names", "error"),
    [
        (bytes((1 << 26) + 9), "FormatError"),
        (bytes([255]) * ((1 << 26) + 9), "FormatError"),
        (b"same\0" * (1 << 17), "FormatError"),
        (b"".join(b"%d/%s\0" % (1000 + at, b"a" * 1018) for at in range(1 << 16)), "LimitError"),
    ],
    ids=["empty", "endless", "equal", "long"],
)
def test_too_many_bytes_of_names(names: bytes, error: str) -> None:
    """Such files are too long to keep."""
    count = 1 << 17
    coder = zlib.compressobj(1, zlib.DEFLATED, -15)
    packed = coder.compress(names) + coder.flush()
    head = varint(count) + varint(4096) + varint(count) + b"\0\x01\x01" + varint(4) * (count // 4096)
    data = sealed(b"\xae\xc1\x1e" + head + varint(len(packed)) + packed + bytes(4 * (count // 4096)))
    assert (outcome(package, data), outcome(reference, data)) == ((error, None), (error, None))


@pytest.mark.parametrize(
    ("method", "name"),
    [(b"", "vector-plain"), (b"\3", "vector-plain"), (b"\4", "vector-ink"), (b"\5", "vector-network")],
)
def test_more_symbols_than_a_payload_may_have(method: bytes, name: str) -> None:
    """Refused before one is decoded: a few bytes ask for hours of work."""
    count, line = 4096, b"\2" + varint(32768) + varint(1)
    flags, record = bytes([0x0F if method else 0x0D]), method + bytes(4)
    head = flags + zoo().by_id(name).fingerprint + varint(count) * 3 + line + varint(len(record))
    data = sealed(b"\xae\xc1" + head + record)
    assert outcome(package, data) == outcome(reference, data) == ("LimitError", None)


def test_an_empty_record_of_a_model_that_is_missing() -> None:
    """Records are found before models are."""
    data = sealed(b"\xae\xc1\x01none")
    assert outcome(package, data) == outcome(reference, data) == ("FormatError", None)
    assert (
        outcome(package, sealed(data[:-4] + b"x"))
        == outcome(reference, sealed(data[:-4] + b"x"))
        == ("ModelError", None)
    )


# --- the package against the reference decoder -----------------------------------------------


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
    pictures = [draw(bits, model.tile) for bits in scans]
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
    pictures = [strokes(1, *((35, 17) if model.native is None else model.tile))[0], strokes(1, 9, 33)[0]]
    ways: list[dict[str, Any]] = [] if model.pixels is not None else [{"effort": 0}, {"effort": 0, "quality": 45}]
    ways += [{"lossless": True}] if model.residual is not None or model.pixels is not None else []
    for way in ways:
        data = aecodec.compress(pictures, model=str(path), **way)
        found, _ = package(data, Zoo([path.parent]))
        check_all_same(reference(data, {model.fingerprint: path.read_bytes()})[0], found)


# --- damage behind a good checksum -----------------------------------------------------------

DAMAGED = [
    "lossy-native",
    "lossy-odd-every-op",
    "lossy-la",
    "lossy-many-mixed",
    "lossy-many-named",
    "step-3-many",
    "step-8-rgb",
    "step-16-symbols",
    "exact-native",
    "exact-many-named",
    "blocks-of-two",
    "mixed-methods",
    "extreme-symbols",
    "origins-mixed",
    "network-native",
    "network-methods",
    "layers-many-some",
    "layers-colour",
    "layers-blocks",
    "grid-37",
    "grid-100",
    "grid-rgba",
    "grid-many-named",
    "grid-blocks",
    "grid-symbols-55",
    "pixels-1x1-rgb",
    "pixels-2x2",
    "pixels-la",
    "pixels-equal-alpha",
    "pixels-methods",
    "pixels-plain",
    "quick-1x1",
    "quick-row",
    "quick-equal-alpha",
    "quick-methods",
    "quick-beside-tiles",
    "drawings-1x1-rgb",
    "drawings-2x2",
    "drawings-column",
    "drawings-icon",
    "drawings-again",
    "drawings-methods",
]


def mutations(data: bytes, rng: np.random.Generator, count: int) -> Iterator[bytes]:
    """Copies with one to three other bytes behind the signature, and a checksum that fits."""
    for _ in range(count):
        changed = data
        for place in rng.integers(2, len(data) - 4, rng.integers(1, 4)):
            changed = flipped(changed, int(place), int(rng.integers(1, 256)))
        yield resealed(changed)


def outcome(decode: Any, data: bytes) -> tuple[str, Any]:
    """The kind of error, or the decoded pictures' shapes and samples, and names."""
    try:
        pictures, names = decode(data)
    except (AecError, REFERENCE.DecodeError) as error:
        kinds = {kind.__name__: name for name, kind in KINDS.items()}
        return kinds.get(type(error).__name__, type(error).__name__), None
    return "", ([(picture.shape, picture.tobytes()) for picture in pictures], names)


@pytest.mark.parametrize("name", DAMAGED)
def test_mutations(name: str) -> None:
    """Both refuse a changed file, as the same kind of error, or both give the same pixels.

    The package may refuse more, as FormatError: it encodes the symbols again and demands the very payload
    that its encoder writes, which section 8 lets a decoder do.
    """
    data, quick = vector("valid", name), name.startswith("quick-")
    rng = np.random.default_rng(sum(name.encode()))
    for changed in mutations(data, rng, 30):
        error, ours = outcome(package, changed)
        their_error, theirs = outcome(reference, changed)
        if (error, their_error) == ("FormatError", "") and (quick or parse(changed).header.fingerprint):
            continue
        assert (error, ours) == (their_error, theirs), changed.hex()


@pytest.mark.parametrize("name", ["plain", "every-op"])
def test_a_payload_that_could_be_shorter(name: str) -> None:
    """The one thing that only the package refuses."""
    model = zoo().by_id(f"vector-{name}")
    symbols = np.zeros((1, model.lossy.prior.latents), np.int8)
    writer = StreamWriter()
    encode_symbols(model.lossy.prior, symbols, writer)
    payload = writer.finish()
    picture = model.lossy.synthesise(symbols)[0]
    end = zlib.crc32(picture.tobytes()).to_bytes(4, "big")[3:]
    files = [sealed(b"\xae\xc1\x01" + model.fingerprint + body + end) for body in (payload, payload + b"\x01")]
    for decode in (package, reference):
        check_all_same(decode(files[0])[0], [picture])
    check_error(aecodec.FormatError, lambda: package(files[1]))
    check_all_same(reference(files[1])[0], [picture])
