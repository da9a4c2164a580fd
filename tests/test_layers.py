"""Files of two layers: exact as a whole, lossy from the first layer on, and no damage that passes."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import aecodec
from aecodec.codec import Decoder, Options, compress_all, visible_mse
from aecodec.codec.decode import decode_second
from aecodec.container import Header, Shape, Shapes, add_second, build, is_whole, parse, parse_second
from aecodec.errors import AecError, FormatError, LimitError, ModelError, UnsupportedError, UsageError
from aecodec.scans import draw
from aecodec.zoo import Pictures, Role, Zoo, load_model, save_model, stated
from tests.checks import check_all_same, check_error, check_same, damages, flipped, resealed
from tests.made import made_model, made_tensors, strokes, with_based, with_network
from tests.others import others_do_all
from tests.reference import load_reference
from tests.test_scans import blob

Picture = NDArray[np.uint8]
REFERENCE = load_reference()
TILES = {"tall": (28, 24), "low": (20, 32), "least": (20, 20)}


def exact_model(tile: tuple[int, int], add: Any = with_based) -> bytes:
    tensors, description = made_tensors(seed=9, latents=2, tile=tile, units=(1, 2))
    return save_model("made-exact", add(tensors), {**description, **stated(Role.EXACT, Pictures(tile))})


def base_model(tile: tuple[int, int]) -> bytes:
    return made_model("made-32", seed=5, latents=3, tile=tile, units=(2, 2))


def folder_of(folder: Path, base: bytes, exact: bytes | None) -> list[Path]:
    folder.mkdir()
    (folder / "made-32.safetensors").write_bytes(base)
    if exact is not None:
        (folder / "made-exact.safetensors").write_bytes(exact)
    return [folder]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """The two models, for each size of tiles."""
    top = tmp_path_factory.mktemp("models")
    return {name: folder_of(top / name, base_model(tile), exact_model(tile)) for name, tile in TILES.items()}


@pytest.fixture
def models(folders: dict[str, list[Path]]) -> list[Path]:
    return folders["tall"]


@pytest.fixture(autouse=True)
def only_these_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AECODEC_MODEL_PATH", raising=False)
    monkeypatch.setattr("aecodec.zoo.find.shipped_folder", lambda: tmp_path / "none")


def scans(tile: tuple[int, int], count: int = 4) -> list[Picture]:
    return [draw(blob(20 + 7 * seed, seed), tile) for seed in range(count)]


def noise(*shape: int, seed: int = 1) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def pictures_for(tile: tuple[int, int]) -> dict[str, Picture]:
    a, b, c, d = scans(tile)
    return {
        "scan": a,
        "four scans": np.block([[a, b], [c, d]]),
        "scan and noise": np.block([b, noise(*tile)]),
        "rgb": np.stack([a, b, c], -1),
        "equal": np.stack([d, d, d], -1),
        "equal and alpha": np.stack([d, d, d, noise(*tile)], -1),
        "rgba": noise(9, 8, 4),
        "grey and alpha": np.stack([a, b], -1),
        "strokes": strokes(1, 57, 13)[0],
        "1x1": noise(1, 1),
        "1x1 rgba": noise(1, 1, 4),
        "black": np.zeros((30, 50), np.uint8),
        "white": np.full(tile, 255, np.uint8),
    }


PICTURES = pictures_for(TILES["tall"])
ALL = list(PICTURES.values())


def compress(pictures: Any, models: list[Path], **options: Any) -> bytes:
    chosen: dict[str, Any] = {"effort": 0, **options}
    return aecodec.compress(pictures, lossless=True, progressive=True, model_path=models, **chosen)


def read(data: bytes, models: list[Path], **options: Any) -> Any:
    return aecodec.decompress(data, model_path=models, **options)


def methods(data: bytes) -> list[int]:
    second = parse_second(parse(data))
    return [second.body(block)[0] for block in range(second.header.blocks)]


def only_modelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a second layer no plain way."""
    monkeypatch.setattr("aecodec.coders.table.encode_plain", lambda planes: (0, bytes(1 << 20)))


def by_reference(data: bytes, models: list[Path], base: bool = False) -> list[Picture]:
    files = [path.read_bytes() for path in sorted(models[0].glob("*.safetensors"))]
    found: list[Picture]
    found, _ = REFERENCE.decode(data, {hashlib.sha256(file).digest()[:4]: file for file in files}, base)
    return found


@pytest.fixture
def hidden_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lossy files keep what lies under an alpha of 0, as first layers do."""
    monkeypatch.setattr("aecodec.codec.blocks.filled", lambda picture: picture)


# --- what comes out ----------------------------------------------------------------------------


@pytest.mark.usefixtures("hidden_kept")
@pytest.mark.parametrize("name", PICTURES)
def test_one_picture(name: str, models: list[Path]) -> None:
    picture = PICTURES[name]
    data = compress(picture, models)
    check_same(read(data, models), picture)
    lossy = read(data, models, base=True)
    alone = read(aecodec.compress(picture, effort=0, latent_dim=32, model_path=models), models)
    check_same(lossy, alone)
    assert len(data) <= aecodec.inspect(data).first_bytes + picture.size + 10  # type: ignore[operator]
    check_same(by_reference(data, models)[0], picture)
    check_same(by_reference(data, models, base=True)[0], lossy)


@pytest.mark.usefixtures("hidden_kept")
@pytest.mark.parametrize("size", TILES)
def test_many_pictures(size: str, folders: dict[str, list[Path]]) -> None:
    models, pictures = folders[size], list(pictures_for(TILES[size]).values())
    names = [f"{number}/x.png" for number in range(len(pictures))]
    data = compress(pictures, models, names=names)
    check_all_same(read(data, models), pictures)
    check_all_same(by_reference(data, models), pictures)
    lossy = aecodec.compress(pictures, effort=0, latent_dim=32, names=names, model_path=models)
    base, alone = read(data, models, base=True), read(lossy, models)
    check_all_same(base, alone)
    info = aecodec.inspect(data)
    assert info.names == tuple(names) and info.lossless
    for index in (0, 5, len(pictures) - 1):
        check_same(read(data, models, index=index), pictures[index])
        check_same(read(data, models, index=index, base=True), base[index])
    check_error(UsageError, lambda: read(data, models, index=len(pictures), base=True))


@pytest.mark.parametrize("size", TILES)
def test_scans_are_coded_over_the_first_layer(
    size: str, folders: dict[str, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    only_modelled(monkeypatch)
    models, tile = folders[size], TILES[size]
    for pictures in (scans(tile, 6), [*scans(tile, 5), np.zeros(tile, np.uint8)]):
        data = compress(pictures, models)
        assert methods(data) == [6]
        check_all_same(read(data, models), pictures)
        check_all_same(by_reference(data, models), pictures)


def test_blocks(models: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by its own method, each read alone, and damage to one leaves the others."""
    monkeypatch.setattr("aecodec.kinds.tiles.GROUP_TILES", 1)
    zeros = np.zeros((28, 24), np.uint8)
    pictures = [scans((28, 24))[1], noise(28, 24), zeros, zeros + np.arange(24, dtype=np.uint8)]
    data = compress(pictures, models)
    assert methods(data) == [6, 0, 1, 2]
    check_all_same(read(data, models), pictures)
    second = parse_second(parse(data))
    damaged = resealed(flipped(data, second.records[1].start + 9))
    for index in (0, 2, 3):
        check_same(read(damaged, models, index=index), pictures[index])
    check_error(FormatError, lambda: read(damaged, models, index=1))
    check_same(read(damaged, models, index=1, base=True), read(data, models, index=1, base=True))


def test_residual_over_the_first_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network over lossy pictures there is no method 6; 1,088 tiles are two groups."""
    for name, add in {"none": dict, "network": with_network}.items():
        tile = (8, 8) if name == "none" else (20, 20)
        models = folder_of(tmp_path / name, base_model(tile), exact_model(tile, add))
        data = compress(scans((20, 20)), models)
        assert methods(data)[0] < 3
    only_modelled(monkeypatch)
    models = [tmp_path / "none"]
    picture = strokes(1, 32 * 8, 34 * 8 - 3)[0]
    data = compress(picture, models)
    assert methods(data) == [3]
    check_same(read(data, models), picture)
    check_same(by_reference(data, models)[0], picture)


def test_what_is_reported(models: list[Path]) -> None:
    seen: list[int] = []
    options = Options(lossless=True, progressive=True, effort=0)
    found = compress_all(ALL, options, Zoo(models), many=True, progress=seen.append)
    assert seen[-1] == len(ALL) and found.errors == [0] * len(ALL)
    assert found.first is not None and found.model is not None
    assert (found.first.model.id, found.model.id) == ("made-32", "made-exact")
    info = aecodec.inspect(found.data)
    assert info.first_bytes == found.first.bytes and info.bytes == len(found.data)
    assert (info.model, info.second_model) == (
        found.first.model.fingerprint.hex(), found.model.fingerprint.hex()
    )  # fmt: skip
    lossy = read(found.data, models, base=True)
    np.testing.assert_allclose(found.first.errors, [visible_mse(a, b) for a, b in zip(ALL, lossy, strict=True)])
    assert found.payload < info.record_bytes < found.payload + 20 + len(ALL) * 100


@pytest.mark.usefixtures("hidden_kept")
def test_a_model_and_effort_can_be_chosen(models: list[Path], tmp_path: Path) -> None:
    more = folder_of(tmp_path / "more", made_model("made-8", seed=6, latents=1, tile=(28, 24)), None)
    (more[0] / "made-32.safetensors").rename(more[0] / "made-8.safetensors")
    found = {compress(ALL[0], [*models, *more], **way)[3:7].hex() for way in ({"latent_dim": 8}, {"model": "made-8"})}
    assert found == {Zoo(more).by_id("made-8").fingerprint.hex()}
    data = compress(ALL, models, effort=2)
    check_all_same(read(data, models), ALL)
    lossy = aecodec.compress(ALL, effort=2, latent_dim=32, model_path=models)
    base, alone = read(data, models, base=True), read(lossy, models)
    check_all_same(base, alone)


def test_the_same_bytes_with_any_number_of_processes(models: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    data = compress(ALL, models)
    others_do_all(monkeypatch)
    assert compress(ALL, models, jobs=2) == data == compress(tuple(ALL), models)


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"progressive": True},
        {"progressive": True, "quality": 50},
        {"progressive": True, "lossless": True, "quality": 50},
        {"progressive": True, "lossless": True, "max_bytes": 5000},
        {"progressive": True, "max_mse": 0.1},
    ],
)
def test_contradicting_arguments(options: dict[str, Any], models: list[Path]) -> None:
    check_error(UsageError, lambda: aecodec.compress(ALL[0], model_path=models, **options))


def test_base_of_a_file_without_layers(models: list[Path]) -> None:
    for options in ({"latent_dim": 32}, {"lossless": True}):
        data = aecodec.compress(ALL[0], model_path=models, effort=0, **options)
        assert "not progressive" in check_error(UsageError, lambda d=data: read(d, models, base=True))


def test_models_that_do_not_fit(
    models: list[Path], folders: dict[str, list[Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_modelled(monkeypatch)
    data, picture = compress(ALL[0], models), ALL[0]
    alone = folder_of(tmp_path / "alone", base_model(TILES["tall"]), None)
    check_error(ModelError, lambda: compress(picture, alone))
    second = parse_second(parse(data)).header.fingerprint
    assert second is not None and second.hex() in check_error(ModelError, lambda: read(data, alone))
    check_same(read(data, alone, base=True), read(data, models, base=True))
    check_error(ModelError, lambda: read(data, [], base=True))
    other = folder_of(tmp_path / "other", base_model(TILES["low"]), exact_model(TILES["tall"]))
    assert "tiles" in check_error(ModelError, lambda: compress(picture, other))
    forged = resealed(data.replace(second, load_model(exact_model(TILES["low"])).fingerprint, 1))
    assert "tiles" in check_error(ModelError, lambda: read(forged, [*models, *folders["low"]]))
    plain = exact_model(TILES["tall"], with_network)
    least = folder_of(tmp_path / "plain", base_model(TILES["tall"]), plain)
    forged = resealed(data.replace(second, load_model(plain).fingerprint, 1))
    assert methods(data) == [6]
    assert "method 6" in check_error(ModelError, lambda: read(forged, least))


def test_methods_of_a_second_layer(models: list[Path]) -> None:
    exact, shape = Zoo(models).by_id("made-exact"), Shape(28, 24)
    kinds: tuple[tuple[type[AecError], bytes], ...] = (
        (FormatError, b"\4xc"),
        (FormatError, b"\5xc"),
        (UnsupportedError, b"\7xc"),
        (UnsupportedError, b"\xffxc"),
        (FormatError, b""),
        (FormatError, b"\0"),
        (FormatError, b"\3x\0"),
        (FormatError, b"\6x\0"),
    )
    for error, record in kinds:
        check_error(error, lambda r=record: decode_second(r, [ALL[0]], [shape], exact), record.hex())


# --- damage ------------------------------------------------------------------------------------

SMALL: dict[str, Any] = {"one": PICTURES["scan"], "alpha": noise(3, 2, 4), "many": [noise(2, 3), noise(1, 2, 2)]}


@pytest.mark.parametrize("kind", SMALL)
def test_every_damage(kind: str, models: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly, none passes; lossy, none but behind the first layer, where nothing is looked at."""
    if kind == "one":
        only_modelled(monkeypatch)
    many = isinstance(SMALL[kind], list)
    data = compress(SMALL[kind], models, names=["a", "b/c"] if many else None)
    end = parse(data).stop
    lossy = read(data, models, base=True)
    for what, damaged in damages(data):
        words = check_damage(lambda d=damaged: read(d, models), what)
        if damaged[:end] == data[:end]:
            assert words.endswith("with base"), what
            found = read(damaged, models, base=True)
            check_all_same(found, lossy) if many else check_same(found, lossy)
            info = aecodec.inspect(damaged)
            assert (info.first_bytes, info.second_model, info.lossless) == (end, None, False), what
        else:
            check_damage(lambda d=damaged: read(d, models, base=True), what)
            check_damage(lambda d=damaged: aecodec.inspect(d), what)
    assert aecodec.inspect(data).lossless


def check_damage(call: Any, what: str) -> str:
    try:
        call()
    except (FormatError, UnsupportedError, UsageError) as error:
        assert not isinstance(error, UsageError) or "not progressive" in str(error), what
        return str(error)
    raise AssertionError(f"{what} was accepted")


@pytest.mark.parametrize("kind", SMALL)
def test_damage_behind_repaired_checksums(kind: str, models: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """What both decoders make of a changed byte is the same, and never other pixels."""
    if kind == "one":
        only_modelled(monkeypatch)
    data = compress(SMALL[kind], models)
    first, rng = parse(data), np.random.default_rng(3)
    original = read(data, models) if isinstance(SMALL[kind], list) else [read(data, models)]
    kinds = {"FormatError": "Corrupt", "UnsupportedError": "Unsupported", "ModelError": "ModelNeeded"}
    kinds["LimitError"] = "Limit"
    zoo = Zoo(models)
    for place in range(2, len(data) - 4):
        if first.stop - 4 <= place < first.stop:
            continue
        damaged = flipped(data, place, int(rng.integers(1, 256)))
        damaged = (
            damaged[: first.stop - 4] + zlib.crc32(damaged[: first.stop - 4]).to_bytes(4, "big") + damaged[first.stop :]
        )
        damaged = resealed(damaged)
        ours: Any
        theirs: Any
        try:
            ours = list(Decoder(damaged, zoo))
        except AecError as error:
            ours = kinds[type(error).__name__]
        try:
            theirs = by_reference(damaged, models)
        except REFERENCE.DecodeError as error:
            theirs = type(error).__name__
        if ours == "Corrupt" and not isinstance(theirs, str):
            continue  # a payload in another form than the shortest, which the package alone refuses
        assert isinstance(ours, str) == isinstance(theirs, str), place
        if isinstance(ours, str):
            assert ours == theirs, place
        else:
            check_all_same(ours, theirs)
            shapes = [picture.shape for picture in ours]
            if shapes == [picture.shape for picture in original]:
                check_all_same(ours, original)


# --- the container -----------------------------------------------------------------------------

PRINT, OTHER = b"base", b"more"


@pytest.mark.parametrize("step", [1, 2, 16])
@pytest.mark.parametrize("many", [True, False])
def test_fields(step: int, many: bool) -> None:
    count = 3 if many else 1
    header = Header(
        exact=False,
        fingerprint=PRINT,
        many=many,
        count=count,
        block_pictures=2 if many else 1,
        shapes=Shapes([(Shape(2, 3), count)]),
        names=("a", "b", "c") if many else None,
        step=step,
        layered=True,
    )
    bodies, checks = [b"one", b""][: header.blocks], [1 << 24, 77][: header.blocks]
    first = build(header, bodies, checks)
    data = add_second(first, header, OTHER, [b"\0x", b"\0"][: header.blocks], checks)
    for part in (first, data[:-1], data):
        found = parse(part)
        assert (found.header, found.stop) == (header, len(first))
        assert [found.body(block) for block in range(header.blocks)] == bodies
        assert is_whole(found) == (part == data)
    second = parse_second(parse(data))
    assert second.header == replace(header, exact=True, fingerprint=OTHER, step=1) and second.header.has_method
    assert [second.body(block) for block in range(header.blocks)] == [b"\0x", b"\0"][: header.blocks]
    assert second.stop == len(data)
    assert data[2] & 0x23 == 0x23 and data[7] == 0x0F + step and data[8] == len(first) - 9 - 4
    assert len(first) == len(build(replace(header, layered=False), bodies, checks)) + (2 if step == 1 else 1)


def test_a_file_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    header = Header(False, PRINT, False, layered=True)
    first = build(header, [b"x"], [0])
    data = add_second(first, header, OTHER, [b"\0x"], [0])
    monkeypatch.setattr("aecodec.container.frame.MAX_FILE_BYTES", len(data) - 1)
    check_error(LimitError, lambda: parse(data))
    check_error(LimitError, lambda: add_second(first, header, OTHER, [b"\0x"], [0]))
    assert parse(first).header.layered


# --- the model ---------------------------------------------------------------------------------


def test_a_model_with_a_network_over_lossy_pictures() -> None:
    """Its file says version 4, and its known answer runs that network, too."""
    tensors, description = made_tensors(seed=9, latents=2, tile=(28, 24), units=(1, 2))
    with_based(tensors)
    model = load_model(save_model("made", tensors, description))
    assert model.ink is not None and model.ink.conditional is not None and model.ink.has_network
    answers = {model.description["known_answer"]}
    for name in ("ink.2.bias", "based.2.bias"):
        other = load_model(save_model("made", tensors | {name: tensors[name] + np.int32(40)}, description))
        answers.add(other.description["known_answer"])
    assert len(answers) == 3
    without = {name: tensor for name, tensor in tensors.items() if not name.startswith("based.")}
    assert b'"version":"4"' in save_model("made", tensors, description)
    assert b'"version":"3"' in save_model("made", without, description)


def test_what_a_payload_could_not_hold_is_kept_otherwise(models: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Two symbols a sample for residuals, for scans also their pixels, none for plain ways."""
    picture = PICTURES["four scans"]
    monkeypatch.setattr("aecodec.coders.by_tiles.MAX_STREAM_SYMBOLS", picture.size)
    assert methods(compress(picture, models))[0] < 3
    only_modelled(monkeypatch)
    enough = 2 * picture.size + 4 * (80 * 80 + 3)
    for most, expected in ((enough - 1, 3), (enough, 6)):
        monkeypatch.setattr("aecodec.coders.by_tiles.MAX_STREAM_SYMBOLS", most)
        assert methods(compress(picture, models)) == [expected]
