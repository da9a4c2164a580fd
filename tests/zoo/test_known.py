"""A model is found by what was noted of files, without reading others, and a wrong note passes none as another."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from aecodec.errors import ModelError
from aecodec.zoo import Zoo, cache, kept, known
from tests.checks import check_error
from tests.zoo.files import put

NAMES = ("a", "b", "c")


@pytest.fixture
def reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of the model files that are read whole; notes go to a folder of their own."""
    found: list[str] = []
    read = kept._read

    def counted(file: known.FileState, most: int | None = None) -> bytes:
        if most is None:
            found.append(file.path.stem)
        return read(file, most)

    monkeypatch.setenv("AECODEC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("aecodec.zoo.kept._read", counted)
    monkeypatch.setattr("aecodec.zoo.kept.SETTLED", 0)
    _forget()
    yield found
    _forget()


def _forget() -> None:
    """Be as a new process."""
    for each in (kept._model, kept._digest, known._noted):
        each.cache_clear()
    kept._READ.clear()


def fingerprints(folder: Path) -> list[bytes]:
    return [hashlib.sha256(put(folder, name, seed)).digest()[:4] for seed, name in enumerate(NAMES, 1)]


def test_other_models_are_not_read(folders: list[Path], reads: list[str]) -> None:
    wanted = fingerprints(folders[0])[2]
    for expected in (["a", "b", "c", "c"], ["c"], ["c"]):
        assert Zoo(folders[0]).by_fingerprint(wanted).id == "c"
        assert reads == expected
        reads.clear()
        _forget()


def test_a_file_that_changes_is_read_again(folders: list[Path], reads: list[str]) -> None:
    wanted = fingerprints(folders[0])
    assert Zoo(folders[0]).by_fingerprint(wanted[2]).id == "c"
    for change in (lambda file: os.utime(file, (1, 1)), lambda file: file.write_bytes(file.read_bytes() + b" ")):
        change(folders[0] / "a.safetensors")
        _forget()
        reads.clear()
        assert Zoo(folders[0]).by_fingerprint(wanted[2]).id == "c"
        assert reads == ["a", "c"]
    check_error(ModelError, lambda: Zoo(folders[0]).by_fingerprint(wanted[0]))


def test_a_wrong_note_takes_no_model_for_another(folders: list[Path], reads: list[str]) -> None:
    """Of a and b the digests are exchanged: both are read, and neither is given for the other."""
    wanted = fingerprints(folders[0])
    Zoo(folders[0]).by_fingerprint(wanted[2])
    files = [folders[0] / f"{name}.safetensors" for name in NAMES]
    states = [kept._look(file) for file in files]
    digests = [kept.digest_of(file) for file in files]
    known.note_digests({states[0]: digests[1], states[1]: digests[0]})
    _forget()
    for fingerprint in wanted[:2]:
        check_error(ModelError, lambda fingerprint=fingerprint: Zoo(folders[0]).by_fingerprint(fingerprint))  # type: ignore[misc]
    assert Zoo(folders[0]).by_fingerprint(wanted[2]).id == "c"


def test_damaged_notes_are_made_again(folders: list[Path], reads: list[str]) -> None:
    wanted = fingerprints(folders[0])[1]
    Zoo(folders[0]).by_fingerprint(wanted)
    note = cache._path(Path(os.environ["AECODEC_CACHE"]), known._ABOUT)
    note.write_bytes(note.read_bytes()[:-1])
    for expected in (["a", "b", "b"], ["b"]):
        _forget()
        reads.clear()
        assert Zoo(folders[0]).by_fingerprint(wanted).id == "b"
        assert reads == expected
