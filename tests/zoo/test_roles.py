"""What a model is for: as its file states it, or as its version says."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aecodec
from aecodec.codec.choose import knows
from aecodec.errors import ModelError
from aecodec.zoo import Pictures, Purpose, Role, Zoo, load_model, pack_model, purpose_of, save_model, stated
from aecodec.zoo.versions import VERSIONS
from tests.checks import check_error
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
from tests.zoo.files import DATA, HEADER, LAYERS, TENSORS, model_file, put


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
                assert f" version {stated_one} " in message


@pytest.mark.parametrize("kind", ["grid", "pixels"])
def test_parts_that_a_version_does_not_have(kind: str) -> None:
    """Of tiles, in a model of another kind."""
    tensors, description = {"grid": made_grid_tensors, "pixels": made_pixel_tensors}[kind]()
    version = {"grid": "5", "pixels": "6"}[kind]
    for part, said in (("residual.costs", "a residual coder"), ("origins.ink", "an ink coder")):
        strange = {**tensors, part: np.zeros((200, 256), np.uint8)}
        data = pack_model("made", strange, {**description, "known_answer": ""}, version)
        assert f"has {said}, which models of version {version} do not have" in check_error(
            ModelError, lambda d=data: load_model(d)
        )
