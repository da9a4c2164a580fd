"""What is kept of model files: loaded once, and anew where they changed."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aecodec
from aecodec.errors import ModelError
from aecodec.zoo import Model, Zoo, kept, load_model
from tests.checks import check_error, flipped
from tests.made import made_model, strokes
from tests.zoo.files import DATA, put


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The sizes of the files that were loaded; whatever was kept before is forgotten, here and afterwards."""
    found: list[int] = []

    def counted(data: bytes, bases: Sequence[bytes]) -> Model:
        found.append(len(data))
        return load_model(data, bases)

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
