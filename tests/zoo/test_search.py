"""Where models are found: in the promised order, whatever else lies in the folders."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from aecodec.errors import LimitError, ModelError
from aecodec.limits import MAX_MODEL_BYTES
from aecodec.zoo import Role, Zoo
from tests.checks import check_error, flipped
from tests.made import made_model
from tests.zoo.files import DATA, put

# --- where models are found ------------------------------------------------------------------


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


# --- folders ---------------------------------------------------------------------------------


def test_folders_that_do_not_exist_are_passed_over(folders: list[Path], tmp_path: Path) -> None:
    put(folders[3], "made-64", 1)
    assert Zoo([tmp_path / "nowhere"]).by_latent_dim(64).id == "made-64"


def test_a_file_that_cannot_be_read(folders: list[Path]) -> None:
    (folders[0] / "made-64.safetensors").mkdir()
    check_error(ModelError, lambda: Zoo([folders[0]]).by_latent_dim(64))
