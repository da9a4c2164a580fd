"""Model files: the same bytes for the same model, every damage refused, found in the promised order."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

import aecodec
from aecodec.codec.choose import knows
from aecodec.errors import LimitError, ModelError
from aecodec.limits import MAX_MODEL_BYTES
from aecodec.zoo import (
    Model,
    Pictures,
    Purpose,
    Role,
    Zoo,
    kept,
    load_model,
    pack_model,
    purpose_of,
    save_model,
    stated,
)
from aecodec.zoo.digests import content_digest
from aecodec.zoo.versions import VERSIONS
from tests.checks import check_error, check_same, flipped
from tests.made import (
    made_drawing_tensors,
    made_grid_model,
    made_grid_tensors,
    made_model,
    made_pixel_tensors,
    made_tensors,
    strokes,
    with_based,
    with_ink,
    with_network,
)

DATA = made_model()
HEADER = 8 + int.from_bytes(DATA[:8], "little")


def model_file(
    tensors: dict[str, Any] | None = None,
    fields: dict[str, Any] | None = None,
    *,
    drop: str = "",
    **metadata: str | None,
) -> bytes:
    """The made model's file with other parts, and the digest that suits them, so that it is
    refused for the reason in question. Metadata None is left out.
    """
    sound = json.loads(json.loads(DATA[8:HEADER])["__metadata__"]["description"])
    changed = {key: value for key, value in {**sound, **(fields or {})}.items() if value is not None}
    arrays = {**made_tensors()[0], **(tensors or {})}
    arrays.pop(drop, None)
    if "digest" not in (fields or {}):
        changed["digest"] = content_digest(metadata.get("id") or "made-6", arrays, changed)
    whole = {
        "format": "aecodec-model",
        "version": "1",
        "id": "made-6",
        "description": json.dumps(changed, sort_keys=True, separators=(",", ":")),
    }
    return save(arrays, {key: value for key, value in {**whole, **metadata}.items() if value is not None})


# --- save and load ---------------------------------------------------------------------------


def test_save_and_load() -> None:
    tensors, description = made_tensors()
    model = load_model(DATA)
    assert (model.id, model.latent_dim, model.tiles.tile, model.tiles.lmbda) == ("made-6", 6, (8, 8), 1 << 18)
    assert model.sha256 == hashlib.sha256(DATA).hexdigest() and model.size == len(DATA)
    assert model.fingerprint == hashlib.sha256(DATA).digest()[:4]
    assert model.residual is not None
    assert {**model.description, **description} == model.description
    tiles = np.random.default_rng(0).integers(0, 256, (5, 8, 8)).astype(np.uint8)
    again = load_model(save_model("made-6", tensors, description))
    check_same(again.tiles.networks.analyse(tiles), model.tiles.networks.analyse(tiles))


def test_the_same_model_is_the_same_bytes() -> None:
    tensors, description = made_tensors()
    backwards = {key: np.asfortranarray(tensors[key]) for key in sorted(tensors, reverse=True)}
    shuffled = dict(sorted(description.items(), reverse=True))
    assert save_model("made-6", backwards, shuffled) == DATA == made_model()
    assert save_model("made-6", tensors, dict(load_model(DATA).description)) == DATA
    assert save_model("other", tensors, description) != DATA
    load_model(model_file())


def test_a_model_without_residual_coder() -> None:
    assert load_model(model_file(drop="residual.costs")).residual is None


def test_tensors_that_are_not_known_are_allowed() -> None:
    load_model(model_file({"notes": np.zeros(3, np.float32)}))


# --- damage ----------------------------------------------------------------------------------


def test_flipped_bytes() -> None:
    """Every 37th byte of the tensors, every 7th of the header. A bit in a weight may change nothing that
    the known answer sees; the digest sees it.
    """
    for number, place in enumerate([*range(HEADER, len(DATA), 37), *range(0, HEADER, 7)]):
        damaged = flipped(DATA, place, (0x01, 0x80, 0xFF)[number % 3])
        check_error(ModelError, lambda d=damaged: load_model(d), f"byte {place}")


def test_flipped_bytes_of_every_tensor() -> None:
    """Its first byte and its last."""
    header = json.loads(DATA[8:HEADER])
    for name, entry in header.items():
        if name != "__metadata__":
            start, stop = entry["data_offsets"]
            for place in (HEADER + start, HEADER + stop - 1):
                check_error(ModelError, lambda p=place: load_model(flipped(DATA, p, 1)), name)


def test_lengths() -> None:
    for length in [*range(40), *range(40, HEADER, 97), *range(HEADER, len(DATA), 2500), len(DATA) - 1]:
        check_error(ModelError, lambda n=length: load_model(DATA[:n]), f"cut to {length}")
    check_error(ModelError, lambda: load_model(DATA + b"\0"))
    check_error(ModelError, lambda: load_model(DATA + DATA))
    check_error(ModelError, lambda: load_model(b"\0" + DATA))


def test_a_file_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aecodec.zoo.load.MAX_MODEL_BYTES", len(DATA) - 1)
    check_error(LimitError, lambda: load_model(DATA))


class Trap:
    """Says so if it is ever unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, ("unpickled",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_never_loaded(protocol: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "made-63.safetensors"
    path.write_bytes(pickle.dumps([Trap(), bytes(100)], protocol))
    check_error(ModelError, lambda: load_model(path.read_bytes()))
    check_error(ModelError, lambda: Zoo([tmp_path]).by_latent_dim(63))
    assert not (tmp_path / "unpickled").exists()


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"{}",
        b"[]",
        b"7",
        b"null",
        b'{"__metadata__": null}',
        b'{"__metadata__": []}',
        b'{"__metadata__": {"format": "aecodec-model", "version": "1", "id": 7}}',
        b'{"__metadata__": {"format": "aecodec-model", "version": "1"}}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_headers_that_are_none(header: bytes) -> None:
    check_error(ModelError, lambda: load_model(len(header).to_bytes(8, "little") + header + bytes(100)))


def test_a_header_longer_than_allowed() -> None:
    for length in (len(DATA), 1 << 40, (1 << 64) - 1):
        check_error(ModelError, lambda n=length: load_model(n.to_bytes(8, "little") + DATA[8:]))


@pytest.mark.parametrize(
    "metadata",
    [
        {"format": "other"},
        {"format": None},
        {"version": "2"},
        {"version": "0"},
        {"version": None},
        {"id": None},
        {"description": None},
        {"description": ""},
        {"description": "[]"},
        {"description": "7"},
        {"description": '{"tile": [8, 8]}'},
        {"description": "[" * 100_000},
    ],
)
def test_wrong_metadata(metadata: dict[str, str | None]) -> None:
    check_error(ModelError, lambda: load_model(model_file(**metadata)))


def test_another_version_is_named() -> None:
    assert "2" in check_error(ModelError, lambda: load_model(model_file(version="2")))


LAYERS = made_tensors()[1]
TENSORS = made_tensors()[0]


@pytest.mark.parametrize("name", [name for name in TENSORS if name != "residual.costs"])
def test_a_missing_tensor(name: str) -> None:
    assert name in check_error(ModelError, lambda: load_model(model_file(drop=name)))


@pytest.mark.parametrize("name", TENSORS)
def test_a_tensor_of_another_dtype_or_shape(name: str) -> None:
    tensor = TENSORS[name]
    for other in (
        tensor.astype(np.float32),
        np.full(tensor.shape, np.nan, np.float32),
        tensor.astype(np.float64),
        tensor.astype(np.int64),
        tensor.astype(np.int16),
        tensor[..., :-1],
        tensor[None],
        tensor[:0],
        tensor.reshape(-1)[0],
    ):
        what = f"{other.dtype} {other.shape}"
        check_error(ModelError, lambda t=other: load_model(model_file({name: np.asarray(t)})), what)


def test_a_tensor_that_numpy_does_not_know() -> None:
    """Safetensors has bfloat16 and 8-bit floats."""
    for dtype in (b'"BF16"', b'"F8_E4M3"', b'"NONE"'):
        data = DATA.replace(b'"I8"', dtype, 1)
        length = len(data) - len(DATA) + HEADER - 8
        check_error(ModelError, lambda d=data, n=length: load_model(n.to_bytes(8, "little") + d[8:]))


@pytest.mark.parametrize("name", ["analysis.0", "analysis.1", "synthesis.0", "synthesis.2", "prior.0", "prior.2"])
def test_a_broken_bound(name: str) -> None:
    bias = TENSORS[f"{name}.bias"].copy()
    bias[-1] = 1 << 24
    message = check_error(ModelError, lambda: load_model(model_file({f"{name}.bias": bias})))
    assert "bound" in message


@pytest.mark.parametrize(
    "change",
    [
        {"tile": None},
        {"tile": [8]},
        {"tile": [8, 8, 1]},
        {"tile": "8x8"},
        {"tile": [4, 8]},
        {"tile": [0, 0]},
        {"tile": [-8, -8]},
        {"tile": [10**30, 8]},
        {"tile": [float("nan"), 8]},
        {"tile": [float("inf"), 8]},
        {"prior_units": None},
        {"prior_units": [3]},
        {"prior_units": [4, 3]},
        {"prior_units": [-3, -4]},
        {"prior_units": 7},
        {"latent_dim": None},
        {"latent_dim": "many"},
        {"latent_dim": [6]},
        {"slope": None},
        {"slope": "steep"},
        {"slope": float("inf")},
        {"slope": 10**30},
        {"slope": 0},
        {"slope": -1},
        {"latent_dim": 0},
        {"analysis": None},
        {"analysis": "conv"},
        {"analysis": [7]},
        {"analysis": []},
        {"analysis": {"op": "conv"}},
        {"analysis": [{"op": "conv"}]},
        {"analysis": [*LAYERS["analysis"], {"op": "softmax"}]},
        {"analysis": LAYERS["analysis"][1:]},
        {"synthesis": LAYERS["synthesis"][:-1]},
        {"synthesis": LAYERS["analysis"]},
        {"synthesis": [*LAYERS["synthesis"][:1], {"op": "reshape", "shape": [-1, 2, 8]}]},
        {"synthesis": [*LAYERS["synthesis"][:1], {"op": "reshape", "shape": "2"}]},
        {"known_answer": None},
        {"known_answer": "0" * 64},
        {"known_answer": 7},
        {"digest": "0" * 64},
        {"digest": 7},
        {"typical_mse": 10**400},
        {"typical_mse": 11},
        {"typical_mse": -1e-9},
        {"typical_mse": True},
        {"typical_mse": "0.1"},
        {"typical_mse": float("nan")},
        {"notes": float("nan")},
        {"notes": [{"deep": [float("-inf")]}]},
    ],
    ids=lambda change: f"{change!s:.80}",
)
def test_a_wrong_description(change: dict[str, Any]) -> None:
    check_error(ModelError, lambda: load_model(model_file(fields=change)))


def test_a_wrong_known_answer_is_named() -> None:
    assert "known answer" in check_error(ModelError, lambda: load_model(model_file(fields={"known_answer": "0" * 64})))
    for name in ("analysis.0.bias", "synthesis.1.bias", "prior.2.bias"):
        answer = load_model(DATA).description["known_answer"]
        other = model_file({name: TENSORS[name] + np.int32(2000)}, {"known_answer": answer})
        assert "known answer" in check_error(ModelError, lambda d=other: load_model(d))


def test_a_tiny_model_of_enormous_tiles_is_refused() -> None:
    """15 sub-pixel steps would make 2**30 pixels of one number."""
    one = {
        "weight": np.ones((1, 1, 1, 1), np.int8),
        "bias": np.zeros(1, np.int32),
        "shift": np.zeros(1, np.int8),
    }
    four = {
        "weight": np.ones((4, 1, 1, 1), np.int8),
        "bias": np.zeros(4, np.int32),
        "shift": np.zeros(4, np.int8),
    }
    relu = {"low": 0, "high": 255}
    tensors = {k: v for k, v in made_tensors(latents=1)[0].items() if k.startswith(("prior", "residual"))}
    for number in range(15):
        tensors.update({f"analysis.{number}.{key}": value for key, value in one.items()})
        tensors.update({f"synthesis.{number + 1}.{key}": value for key, value in four.items()})
    for name in ("analysis.15", "synthesis.0"):
        tensors.update({f"{name}.{key}": value for key, value in one.items()})
        tensors[f"{name}.weight"] = np.ones((1, 1), np.int8)
    grow = [{"op": "conv", "stride": 1, **relu}, {"op": "shuffle"}]
    description = {
        "tile": [1 << 15, 1 << 15],
        "analysis": [
            *[{"op": "conv", "stride": 2, **relu}] * 15,
            {"op": "flatten"},
            {"op": "dense", "low": 0, "high": 9},
        ],
        "synthesis": [{"op": "dense", **relu}, {"op": "reshape", "shape": [1, 1, 1]}, *grow * 15],
    }
    fields = {**LAYERS, **description, "latent_dim": 1, "known_answer": ""}
    fields["digest"] = content_digest("big", tensors, fields)
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    data = save(tensors, {"format": "aecodec-model", "version": "1", "id": "big", "description": text})
    assert len(data) < 100_000
    assert "begin with" in check_error(ModelError, lambda: load_model(data))


@pytest.mark.parametrize("key", ["tile", "latent_dim", "slope", "prior_units"])
def test_numbers_that_are_no_integers(key: str) -> None:
    sound = LAYERS[key]
    for number in (2.0, 2.5, "2", True):
        change = [number, *sound[1:]] if isinstance(sound, list) else number
        check_error(ModelError, lambda c=change: load_model(model_file(fields={key: c})), repr(number))


def test_a_header_is_filled_up_with_spaces() -> None:
    text = DATA[8:HEADER].rstrip(b" ")
    for before, after in ((b"", b"       \t"), (b"", b"\n       "), (b" ", b""), (b"\r\n", b"")):
        header = before + text + after
        check_error(ModelError, lambda h=header: load_model(len(h).to_bytes(8, "little") + h + DATA[HEADER:]))


def test_a_key_twice() -> None:
    """The first could be what another reader sees; of a tensor, and within the description."""
    text = DATA[8:HEADER].decode()
    name = min(TENSORS)
    twice = f'"{name}":{json.dumps(json.loads(text)[name])},'
    for changed in (text[:1] + twice + text[1:], text.replace('\\"tile\\":', '\\"tile\\":[9,9],\\"tile\\":')):
        assert len(changed) > len(text)
        header = changed.encode() + b" " * (-len(changed) % 8)
        message = check_error(ModelError, lambda h=header: load_model(len(h).to_bytes(8, "little") + h + DATA[HEADER:]))
        assert "twice" in message


def test_the_same_number_in_other_digits() -> None:
    """It reads as the same description, and is another file than the one that was released."""
    data = save_model("made", TENSORS, {**LAYERS, "mse": 0.0019880566344184732})
    load_model(data)
    for other in (b"0.0019880566344184733", b"0.0019880566344184731"):
        changed = data.replace(b"0.0019880566344184732", other)
        assert changed != data and float(other) == 0.0019880566344184732
        assert "form" in check_error(ModelError, lambda c=changed: load_model(c))


def test_optional_numbers() -> None:
    for number in (0, 0.0, 1e-9, 1, 2.5):
        model = load_model(model_file(fields={"typical_mse": number}))
        assert model.description["typical_mse"] == number
    for number in (float("nan"), float("inf")):
        message = check_error(ModelError, lambda n=number: load_model(model_file(fields={"notes": {"deep": [n]}})))
        assert "is no number of JSON" in message
    large = DATA.replace(b'\\"slope\\":262144', b'\\"slope\\":1e9999')
    assert large != DATA and len(large) == len(DATA)  # Python's JSON makes an infinity of it
    check_error(ModelError, lambda: load_model(large))


@pytest.mark.parametrize("name", ["", "two\nlines", "\x1b[31mred", "x" * 201])
def test_an_id_that_cannot_be_shown(name: str) -> None:
    check_error(ModelError, lambda: load_model(model_file(id=name)))


def test_messages_about_foreign_files_are_short() -> None:
    for change in ({"format": "two\nlines" * 9_000}, {"version": "\x1b[31m" * 9_000}):
        message = check_error(ModelError, lambda c=change: load_model(model_file(**c)))
        assert len(message) < 2_000 and message.isprintable()
    layers: list[dict[str, Any]] = [{"op": "x" * 90_000}, {"op": "reshape", "shape": [7] * 90_000}]
    for layer in layers:
        fields = {"synthesis": [LAYERS["synthesis"][0], layer]}
        assert len(check_error(ModelError, lambda f=fields: load_model(model_file(fields=f)))) < 300


def test_a_tiny_model_of_enormous_work_is_refused_at_once() -> None:
    """A convolution whose windows would fill the memory, and layers without weights that would take hours."""
    side, kernel = 1 << 10, 31
    wide = {
        "analysis.0.weight": np.ones((1, kernel, kernel, 1), np.int8),
        "analysis.0.bias": np.zeros(1, np.int32),
        "analysis.0.shift": np.zeros(1, np.int8),
    }
    clip = {"low": 0, "high": 255}
    windows = {"tile": [side, side], "analysis": [{"op": "conv", "stride": 1, **clip}, *LAYERS["analysis"][1:]]}
    assert "windows" in check_error(ModelError, lambda: load_model(model_file(wide, windows)))
    rounds = {"tile": [side, side], "analysis": [{"op": "round", "shift": 1, **clip}] * 9_000}
    assert "multiplications" in check_error(ModelError, lambda: load_model(model_file(fields=rounds)))


def test_a_prior_of_enormous_layers_is_refused() -> None:
    """One latent needs no weights between the two layers, so that a small file can ask for any number of units."""
    tensors = {"prior.low": np.array([-1], np.int8), "prior.high": np.array([0], np.int8)}
    for units in ([1 << 17, 4], [4, 1 << 17], [0, 4], [4, 0]):
        assert "units" in check_error(ModelError, lambda u=units: load_model(model_file(tensors, {"prior_units": u})))


# --- where models are found ------------------------------------------------------------------


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Four folders in search order: an argument, two of the environment, the one shipped."""
    made = [tmp_path / name for name in ("argument", "first", "second", "shipped")]
    for folder in made:
        folder.mkdir()
    monkeypatch.setenv("AECODEC_MODEL_PATH", os.pathsep.join(["", str(made[1]), str(made[2])]))
    monkeypatch.setattr("aecodec.zoo.find.shipped_folder", lambda: made[3])
    return made


def put(folder: Path, name: str, seed: int, role: Role | None = None) -> bytes:
    """A model in a folder; its file's bytes."""
    data = made_model(name, role, seed=seed)
    (folder / f"{name}.safetensors").write_bytes(data)
    return data


def test_search_order(folders: list[Path]) -> None:
    """The first folder that has a name wins; each is searched when those before it are empty."""
    for place in (3, 2, 1, 0):
        data = put(folders[place], "made-64", seed=place + 1)
        zoo = Zoo([folders[0]])
        for found in (zoo.by_latent_dim(64), zoo.by_id("made-64")):
            assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert [path.parent for path in Zoo([folders[0]]).files()] == folders
    assert [path.parent for path in Zoo().files()] == folders[1:]
    assert len(list(Zoo([folders[0]]).models())) == 4


def test_every_folder_is_searched_for_a_fingerprint(folders: list[Path]) -> None:
    files = [put(folder, "made-64", seed) for seed, folder in enumerate(folders, 1)]
    zoo = Zoo([folders[0]])
    for _ in range(2):
        for data in reversed(files):
            assert zoo.by_fingerprint(hashlib.sha256(data).digest()[:4]).sha256 == hashlib.sha256(data).hexdigest()


def test_a_name_is_found_without_loading(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    (folders[0] / "junk.safetensors").write_bytes(b"no model")
    fingerprint = hashlib.sha256(put(folders[1], "made-64", 1)).digest()[:4]
    monkeypatch.setattr("aecodec.zoo.kept.load_model", None)
    assert Zoo([folders[0]]).name_of(fingerprint) == "made-64"
    assert Zoo([folders[0]]).name_of(b"\x0b\xad\xca\xfe") is None


def test_a_missing_fingerprint_is_named(folders: list[Path]) -> None:
    put(folders[0], "made-64", 1)
    message = check_error(ModelError, lambda: Zoo([folders[0]]).by_fingerprint(b"\x0b\xad\xca\xfe"))
    assert "0badcafe" in message
    assert all(str(folder) in message for folder in folders)


def test_missing_models_are_named(folders: list[Path]) -> None:
    put(folders[2], "made-64", 1)
    zoo = Zoo()
    for name, call in (("nine", lambda: zoo.by_id("nine")), ("9", lambda: zoo.by_latent_dim(9))):
        message = check_error(ModelError, call)
        assert name in message and "made-64" in message
    (folders[2] / "made-64.safetensors").unlink()
    assert "none" in check_error(ModelError, lambda: zoo.by_latent_dim(64))


def test_latent_dim_is_the_whole_number(folders: list[Path]) -> None:
    put(folders[0], "made-164", 1)
    put(folders[0], "made-64", 2)
    assert Zoo([folders[0]]).by_latent_dim(64).id == "made-64"
    check_error(ModelError, lambda: Zoo([folders[0]]).by_latent_dim(4))


def test_by_id_finds_a_renamed_file_and_a_path(folders: list[Path], tmp_path: Path) -> None:
    data = put(folders[1], "made-64", 1)
    (folders[1] / "made-64.safetensors").rename(folders[1] / "renamed.safetensors")
    (tmp_path / "elsewhere.safetensors").write_bytes(made_model("away-8", seed=9))
    zoo = Zoo()
    assert zoo.by_id("made-64") is zoo.by_id("renamed")
    assert zoo.by_id("made-64").size == len(data)
    assert zoo.by_id(str(tmp_path / "elsewhere.safetensors")).id == "away-8"
    assert zoo.by_fingerprint(hashlib.sha256(made_model("away-8", seed=9)).digest()[:4]).id == "away-8"


def test_a_foreign_file_in_a_folder_does_not_hide_the_others(folders: list[Path]) -> None:
    (folders[0] / "aaa.safetensors").write_bytes(save({"x": np.zeros(3, np.float32)}))
    data = put(folders[0], "made-64", 1)
    (folders[0] / "made-64.safetensors").rename(folders[0] / "zzz.safetensors")
    zoo = Zoo([folders[0]])
    assert zoo.by_fingerprint(hashlib.sha256(data).digest()[:4]).id == "made-64"
    assert zoo.by_id("made-64").id == "made-64"


def test_a_damaged_model_is_refused_when_it_is_asked_for(folders: list[Path]) -> None:
    data = put(folders[0], "made-64", 1)
    damaged = flipped(data, len(data) - 5)
    (folders[0] / "made-64.safetensors").write_bytes(damaged)
    zoo = Zoo([folders[0]])
    check_error(ModelError, lambda: zoo.by_latent_dim(64))
    check_error(ModelError, lambda: zoo.by_fingerprint(hashlib.sha256(damaged).digest()[:4]))
    check_error(ModelError, lambda: zoo.by_fingerprint(hashlib.sha256(data).digest()[:4]))


def obstacles(folder: Path) -> None:
    """What is named like a model in ``folder`` and cannot be read, before every name of a model."""
    (folder / "a-folder.safetensors").mkdir()
    (folder / "a-dangling.safetensors").symlink_to(folder / "nothing")
    (folder / "a-loop.safetensors").symlink_to(folder / "a-loop.safetensors")
    (folder / "an-empty.safetensors").write_bytes(b"")
    with (folder / "a-large.safetensors").open("wb") as file:
        file.truncate(MAX_MODEL_BYTES + 1)  # takes no room on the disk
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "a-pipe.safetensors")


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need rights there")
def test_what_cannot_be_read_does_not_hide_the_others(folders: list[Path]) -> None:
    """And a pipe, of which nobody knows whether it ends, is not read."""
    obstacles(folders[0])
    data = put(folders[2], "made-64", 1)
    zoo = Zoo([folders[0]])
    assert zoo.by_fingerprint(hashlib.sha256(data).digest()[:4]).id == "made-64"
    for found in (Zoo([folders[0]]).by_id("made-64"), Zoo([folders[0]]).by_latent_dim(64)):
        assert found.id == "made-64"
    assert [model.id for model in Zoo([folders[0]]).models()] == ["made-64"]
    for path in zoo.files():
        if path.parent == folders[0]:
            check_error(LimitError if "large" in path.name else ModelError, lambda p=path: zoo.load(p), path.name)


def test_names_that_no_file_can_have(folders: list[Path]) -> None:
    put(folders[3], "made-64", 1)
    assert Zoo(["x" * 5000, "x\0y"]).by_latent_dim(64).id == "made-64"
    for name in ("x" * 5000 + ".safetensors", "x\0y.safetensors", "two\nlines"):
        check_error(ModelError, lambda n=name: Zoo().by_id(n))


def test_a_file_that_was_replaced_is_not_taken_for_the_old_one(folders: list[Path]) -> None:
    first = put(folders[0], "made-64", 1)
    zoo = Zoo([folders[0]])
    assert zoo.by_latent_dim(64).sha256 == hashlib.sha256(first).hexdigest()
    second = put(folders[0], "made-64", 2)
    found = zoo.by_fingerprint(hashlib.sha256(second).digest()[:4])
    assert found.sha256 == hashlib.sha256(second).hexdigest()


def test_an_unsound_model_does_not_hide_a_sound_one_of_its_fingerprint(
    folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four bytes can be hit on purpose; here all files have the same none."""
    monkeypatch.setattr("aecodec.zoo.find.FINGERPRINT_BYTES", 0)
    put(folders[0], "made-64", 1)
    (folders[0] / "a.safetensors").write_bytes(b"no model")
    assert Zoo([folders[0]]).by_fingerprint(b"").id == "made-64"


JUNK = save({"x": np.zeros(3, np.float32)})


def test_an_unsound_model_does_not_hide_the_next(folders: list[Path]) -> None:
    """By its latent_dim, by its id, for exact pixels; whether another program's, or a damaged one of ours."""
    for name in ("made-64", "made-exact"):
        data = put(folders[3], name, 1, Role.EXACT if name == "made-exact" else None)
        for unsound in (JUNK, b"", data[:-1], flipped(data, len(data) - 5)):
            (folders[0] / f"{name}.safetensors").write_bytes(unsound)
            zoo = Zoo([folders[0]])
            found = [zoo.by_id(name), zoo.by_latent_dim(64) if name == "made-64" else zoo.for_exact(64)]
            assert [each and each.sha256 for each in found] == [hashlib.sha256(data).hexdigest()] * 2


def test_where_none_is_sound_the_first_is_named(folders: list[Path]) -> None:
    (folders[0] / "llama-64.safetensors").write_bytes(JUNK)
    (folders[1] / "made-64.safetensors").write_bytes(DATA[:-1])
    (folders[1] / "made-6.safetensors").write_bytes(DATA[:-1])
    (folders[2] / "mine-64.safetensors").write_bytes(made_model("made-8"))  # sound, and of another latent_dim
    zoo = Zoo([folders[0]])
    for call in (lambda: zoo.by_latent_dim(64), lambda: zoo.for_exact(64)):
        message = check_error(ModelError, call)
        assert f"{folders[0]}{os.sep}llama-64.safetensors: not an aecodec model" in message and "no sound" in message
    assert "made-6.safetensors: the model is damaged" in check_error(ModelError, lambda: zoo.by_id("made-6"))
    data = put(folders[3], "made-64", 1)
    for found in (Zoo([folders[0]]).by_latent_dim(64), Zoo([folders[0]]).for_exact(64)):
        assert found is not None and found.sha256 == hashlib.sha256(data).hexdigest()


def test_an_unsound_exact_model_is_not_replaced_by_a_worse_one(folders: list[Path]) -> None:
    put(folders[3], "made-64", 1)
    assert Zoo().for_exact(64) is not None
    (folders[0] / "made-exact.safetensors").write_bytes(made_model("made-exact", Role.EXACT)[:-1])
    message = check_error(ModelError, lambda: Zoo([folders[0]]).for_exact(64))
    assert "made-exact.safetensors: the model is damaged" in message and "for exact pixels" in message
    assert Zoo().for_exact(9) is None


def test_a_model_counts_by_what_it_says(folders: list[Path]) -> None:
    """And not by its file's name."""
    (folders[0] / "mine-64.safetensors").write_bytes(made_model("made-8"))
    message = check_error(ModelError, lambda: Zoo([folders[0]]).by_latent_dim(64))
    assert "no model of latent_dim 64; there are: mine-64" in message
    assert Zoo([folders[0]]).by_latent_dim(8).id == "made-8"
    put(folders[3], "made-64", 1)
    assert Zoo([folders[0]]).by_latent_dim(64).id == "made-64"
    assert Zoo([folders[0]]).by_id("mine-64").latent_dim == 8
    (folders[0] / "mine-exact.safetensors").write_bytes(made_model("mine-9"))
    found = Zoo([folders[0]]).for_exact(64)
    assert found is not None and found.id == "made-64"
    exact = put(folders[1], "stamps", 3, Role.EXACT)
    (folders[1] / "stamps.safetensors").rename(folders[1] / "x-8.safetensors")
    found = Zoo([folders[0]]).for_exact(64)
    assert found is not None and found.sha256 == hashlib.sha256(exact).hexdigest()
    check_error(ModelError, lambda: Zoo([folders[1]]).by_latent_dim(8))


def test_a_role_is_what_a_file_states_or_what_its_version_is_for() -> None:
    made = Pictures((8, 8), 1, "made")
    assert load_model(DATA).purpose == Purpose(Role.COLLECTION, made, 6)
    for role in (Role.EXACT, Role.COLLECTION):
        model = load_model(made_model("made-6", role))
        assert model.role is role and model.purpose.pictures == Pictures((8, 8))
    for other, role in ((made_grid_model(), Role.GENERAL), (made_grid_model(lapped=True), Role.GENERAL)):
        assert load_model(other).purpose == Purpose(role)
    for tensors in (made_pixel_tensors(), made_drawing_tensors()):
        assert load_model(save_model("made", *tensors)).purpose == Purpose(Role.PIXELS)
    tensors, description = made_tensors(seed=5, latents=2, tile=(24, 28), units=(1, 2))
    for add in (with_ink, with_network, with_based):
        found = load_model(save_model("made", add(dict(tensors)), description)).purpose
        assert found.role is Role.EXACT and found.pictures == Pictures((24, 28), 1, "made")


@pytest.mark.parametrize(
    ("role", "pictures"),
    [
        ("exact", Pictures((24, 28), 3, "stamps")),
        ("collection", Pictures((1, 1))),
        ("general", None),
        ("pixels", None),
    ],
)
def test_what_is_stated_is_read(role: str, pictures: Pictures | None) -> None:
    description = {**LAYERS, **stated(Role(role), pictures)}
    assert purpose_of("1", json.loads(json.dumps(description))) == Purpose(Role(role), pictures, 6)


@pytest.mark.parametrize(
    "hints",
    [
        {"role": "thumbnails", "pictures": "any"},
        {"role": 7, "pictures": "any"},
        {"role": [], "pictures": "any"},
        {"role": "collection"},
        {"role": "collection", "pictures": "all"},
        {"role": "collection", "pictures": {"size": [8], "planes": 1}},
        {"role": "collection", "pictures": {"size": [8, 0], "planes": 1}},
        {"role": "collection", "pictures": {"size": [8, 8]}},
        {"role": "collection", "pictures": {"size": [8, 8.0], "planes": True}},
        {"role": "collection", "pictures": {"size": [8, 8], "planes": 1, "collection": 7}},
        {"role": "general", "pictures": "any"},
        {"role": "pixels", "pictures": "any"},
    ],
    ids=str,
)
def test_a_role_that_is_not_known_or_not_true_is_that_of_no_model(hints: dict[str, Any], folders: list[Path]) -> None:
    """Such a model is sound, and taken where it is named."""
    data = model_file(fields=hints)
    (folders[0] / "made-6.safetensors").write_bytes(data)
    zoo = Zoo([folders[0]])
    assert load_model(data).role is None and zoo.by_id("made-6").size == len(data)
    assert zoo.general() is None and zoo.for_pixels() is None and zoo.for_exact(6) is None
    assert "no model of latent_dim 6" in check_error(ModelError, lambda: zoo.by_latent_dim(6))
    picture = strokes(1, 8, 8)[0]
    file = aecodec.compress(picture, model="made-6", model_path=[folders[0]])
    assert file[3:7] == load_model(data).fingerprint
    aecodec.decompress(file, model_path=[folders[0]])


def test_a_role_with_pictures_of_another_kind_is_heard() -> None:
    """A model of tiles that states to be for colour pictures of another size."""
    pictures = Pictures((16, 24), 3, "stamps")
    stamps = load_model(save_model("stamps-6", TENSORS, {**LAYERS, **stated(Role.COLLECTION, pictures)}))
    right = np.random.default_rng(0).integers(0, 256, (16, 24, 3)).astype(np.uint8)
    assert knows(stamps, [right])
    assert not knows(stamps, [right[..., 0]]) and not knows(stamps, [right[:8, :8, 0]])
    assert knows(load_model(DATA), [right[:8, :8, 0]]) and not knows(load_model(DATA), [right])


@pytest.mark.parametrize("text", [None, "", "[]", "7", "{", '{"kind": "grid"}', '{"kind":[]}', "[" * 100_000])
def test_a_description_that_is_none_does_not_hide_the_others(text: str | None, folders: list[Path]) -> None:
    (folders[0] / "a.safetensors").write_bytes(model_file(description=text))
    (folders[0] / "b.safetensors").write_bytes(made_grid_model("b"))
    (folders[0] / "c.safetensors").write_bytes(made_model("made-64", Role.EXACT))
    (folders[0] / "d.safetensors").write_bytes(made_model("made-64"))
    zoo = Zoo([folders[0]])
    found = [zoo.general(), zoo.for_exact(9), zoo.by_latent_dim(64)]
    assert [path.stem for path in zoo.files() if path.stem != "a" and zoo.load(path) in found] == ["b", "c", "d"]
    assert zoo.for_pixels() is None


@pytest.mark.parametrize("version", [7, ["1"], {"1": 1}, None, 1.0])
def test_a_version_that_is_no_text(version: Any) -> None:
    header = json.loads(DATA[8:HEADER])
    header["__metadata__"]["version"] = version
    text = json.dumps(header, separators=(",", ":")).encode()
    message = check_error(ModelError, lambda: load_model(len(text).to_bytes(8, "little") + text + DATA[HEADER:]))
    assert "model format aecodec-model" in message


def test_a_version_is_what_a_writer_says_and_a_reader_checks() -> None:
    """Every version with every set of parts: only what it promises is loaded."""
    tiles, described = made_tensors(seed=5, latents=2, tile=(24, 28), units=(1, 2))
    bare = {key: tensor for key, tensor in tiles.items() if key != "residual.costs"}
    made = [
        ("1", tiles, described),
        ("1", bare, described),
        ("2", with_ink(dict(tiles)), described),
        ("2", with_ink(dict(bare)), described),
        ("3", with_network(dict(tiles)), described),
        ("4", with_based(dict(tiles)), described),
        ("5", *made_grid_tensors()),
        ("6", *made_pixel_tensors()),
        ("7", *made_drawing_tensors()),
        ("8", *made_grid_tensors(lapped=True)),
    ]
    for version, tensors, description in made:
        data = save_model("made", tensors, description)
        assert f'"version":"{version}"'.encode() in data
        sound = load_model(data)
        for stated_one in VERSIONS:
            other = pack_model("made", tensors, sound.description, stated_one)
            if stated_one == version:
                assert other == data
            else:
                message = check_error(ModelError, lambda d=other: load_model(d), f"{version} as {stated_one}")
                assert f"a model of version {stated_one} " in message


@pytest.mark.parametrize("kind", ["grid", "pixels"])
def test_parts_that_a_version_does_not_have(kind: str) -> None:
    """Of tiles, in a model of another kind."""
    tensors, description = {"grid": made_grid_tensors, "pixels": made_pixel_tensors}[kind]()
    version = {"grid": "5", "pixels": "6"}[kind]
    for part, said in (("residual.costs", "a residual coder"), ("origins.ink", "an ink coder")):
        strange = {**tensors, part: np.zeros((200, 256), np.uint8)}
        data = pack_model("made", strange, {**description, "known_answer": ""}, version)
        assert f"version {version} with {said}" in check_error(ModelError, lambda d=data: load_model(d))


def test_files_that_are_no_models_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("fake.safetensors").write_bytes(bytes(99))
    Path("digit.png").write_bytes(b"PNG")
    for name, said in (
        ("fake.safetensors", "fake.safetensors: not an aecodec model"),
        ("digit.png", "'digit.png' is no model file"),
        ("nothere.safetensors", "no such file: 'nothere.safetensors'"),
        (f".{os.sep}nothere.safetensors", "no such file: "),
        (f"folder{os.sep}nothere", "no such file: "),
        ("nothere", "no model 'nothere' in "),
    ):
        assert said in check_error(ModelError, lambda n=name: Zoo().by_id(n))


# --- what is kept of them --------------------------------------------------------------------


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The sizes of the files that were loaded; whatever was kept before is forgotten, here and afterwards."""
    found: list[int] = []

    def counted(data: bytes) -> Model:
        found.append(len(data))
        return load_model(data)

    monkeypatch.setattr("aecodec.zoo.kept.load_model", counted)
    for each in (kept._model, kept._digest, kept._id):
        each.cache_clear()
    yield found
    for each in (kept._model, kept._digest, kept._id):
        each.cache_clear()


def test_a_file_that_stays_is_loaded_once(
    folders: list[Path], loads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever asks for it; the environment is heard at each call all the same."""
    monkeypatch.setattr("aecodec.zoo.kept.SETTLED", 0)
    picture = np.zeros((8, 8), np.uint8)
    put(folders[1], "made-64", 1)
    data = [aecodec.compress(picture) for _ in range(3)]
    for each in data:
        aecodec.decompress(each)
    assert len(set(data)) == len(loads) == 1
    put(folders[3], "made-64", 2)
    monkeypatch.setenv("AECODEC_MODEL_PATH", "")
    other = aecodec.compress(picture)
    assert len(loads) == 2 and other[3:7] != data[0][3:7]
    check_error(ModelError, lambda: aecodec.decompress(data[0]))
    monkeypatch.setenv("AECODEC_MODEL_PATH", str(folders[1]))
    assert aecodec.compress(picture) == data[0] and len(loads) == 2


def test_a_file_that_changed_is_loaded_anew(
    folders: list[Path], loads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if it keeps name, size and time: written over, replaced, or damaged in place."""
    monkeypatch.setattr("aecodec.zoo.kept.SETTLED", 0)
    path, picture = folders[0] / "made-64.safetensors", np.zeros((8, 8), np.uint8)
    files = [made_model("made-64"), made_model("made-46")]
    assert len(files[0]) == len(files[1])
    path.write_bytes(files[0])
    times = path.stat()
    assert Zoo([folders[0]]).by_id("made-64").id == "made-64"
    for way in ("over", "replaced"):
        for data in reversed(files):
            time.sleep(0.02)  # a tick of the file system's clock
            written = path if way == "over" else path.with_suffix(".new")
            written.write_bytes(data)
            os.utime(written, ns=(times.st_atime_ns, times.st_mtime_ns))
            written.replace(path)
            found = Zoo([folders[0]]).by_id(path.stem)
            assert found.sha256 == hashlib.sha256(data).hexdigest()
            assert Zoo([folders[0]]).by_fingerprint(found.fingerprint) is found
    time.sleep(0.02)
    path.write_bytes(flipped(files[0], len(files[0]) - 5))
    check_error(ModelError, lambda: aecodec.compress(picture, model="made-64", model_path=[folders[0]]))
    path.unlink()
    check_error(ModelError, lambda: aecodec.compress(picture, model="made-64", model_path=[folders[0]]))


def test_a_file_that_changes_within_a_tick_is_never_stale(folders: list[Path], loads: list[int]) -> None:
    path, files = folders[0] / "made-64.safetensors", [made_model("made-64"), made_model("made-46")]
    for data in files * 10:
        path.write_bytes(data)
        assert Zoo([folders[0]]).by_id("made-64").sha256 == hashlib.sha256(data).hexdigest()
    assert len(loads) == 20 and kept._model.cache_info().currsize == 0


def test_what_is_kept_is_bounded(folders: list[Path], loads: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aecodec.zoo.kept.SETTLED", 0)
    for number in range(kept.MOST_MODELS + 4):
        (folders[0] / f"m{number:02}-6.safetensors").write_bytes(DATA)
    assert len(list(Zoo([folders[0]]).models())) == kept.MOST_MODELS + 4
    assert kept._model.cache_info().currsize == kept.MOST_MODELS


def test_threads_share_a_model(folders: list[Path], loads: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aecodec.zoo.kept.SETTLED", 0)
    put(folders[0], "made-64", 1)
    pictures = [strokes(3, 8, 8, seed=seed) for seed in range(24)]

    def made(some: Any) -> bytes:
        return aecodec.compress(list(some), quality=40, model_path=[folders[0]])

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(made, pictures))
    assert 1 <= len(loads) <= 6
    assert found == [made(some) for some in pictures]


# --- folders ---------------------------------------------------------------------------------


def test_folders_that_do_not_exist_are_passed_over(folders: list[Path], tmp_path: Path) -> None:
    put(folders[3], "made-64", 1)
    assert Zoo([tmp_path / "nowhere"]).by_latent_dim(64).id == "made-64"


def test_a_file_that_cannot_be_read(folders: list[Path]) -> None:
    (folders[0] / "made-64.safetensors").mkdir()
    check_error(ModelError, lambda: Zoo([folders[0]]).by_latent_dim(64))
