"""Notes in the user's cache: what is kept, what does not count, and that nothing fails where nothing can be kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aecodec.zoo import cache
from aecodec.zoo.cache import cache_folder, note, noted


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where notes go; it is not there yet."""
    monkeypatch.setenv("AECODEC_CACHE", str(tmp_path / "a" / "cache"))
    return tmp_path / "a" / "cache"


def test_where_notes_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("aecodec.zoo.cache.sys.platform", "linux")
    monkeypatch.delenv("AECODEC_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if os.name == "posix":
        assert cache_folder() == tmp_path / ".cache" / "aecodec"
        monkeypatch.setenv("XDG_CACHE_HOME", "here")  # the specification: what is not absolute does not count
        assert cache_folder() == tmp_path / ".cache" / "aecodec"
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
        assert cache_folder() == tmp_path / "x" / "aecodec"
    monkeypatch.setenv("AECODEC_CACHE", str(tmp_path / "y"))
    assert cache_folder() == tmp_path / "y"
    monkeypatch.setenv("AECODEC_CACHE", "off")
    assert cache_folder() is None


def test_a_note_is_kept(folder: Path) -> None:
    assert noted("one") is None
    note("one", "1\nand more")
    note("two", "2")
    note("two", "22")
    assert (noted("one"), noted("two"), noted("three")) == ("1\nand more", "22", None)
    assert len(list(folder.iterdir())) == 2


def test_nothing_is_kept_where_that_is_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note("one", "1")
    monkeypatch.setenv("AECODEC_CACHE", "off")
    note("two", "2")
    assert noted("one") is None and len(list(folder.iterdir())) == 1


def test_damage_does_not_count(folder: Path) -> None:
    note("one", "12")
    (file,) = folder.iterdir()
    sound = file.read_bytes()
    for place in range(len(sound)):
        for damaged in (sound[:place], sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :]):
            file.write_bytes(damaged)
            assert noted("one") is None
    for damaged in (b"", sound + b" ", b"\xff" * 99, bytes(1 << 20)):
        file.write_bytes(damaged)
        assert noted("one") is None
    file.write_bytes(sound)
    assert noted("one") == "12"


def test_a_note_under_another_name_does_not_count(folder: Path) -> None:
    note("one", "1")
    (file,) = folder.iterdir()
    note("two", "1")
    (other,) = set(folder.iterdir()) - {file}
    other.write_bytes(file.read_bytes())
    assert noted("two") is None


@pytest.mark.skipif(os.name == "nt", reason="files have owners and modes elsewhere")
def test_what_others_may_write_does_not_count(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note("one", "1")
    (file,) = folder.iterdir()
    for mode, expected in ((0o620, None), (0o602, None), (0o644, "1")):
        file.chmod(mode)
        assert noted("one") == expected
    monkeypatch.setattr("os.geteuid", lambda: file.stat().st_uid + 1)
    assert noted("one") is None
    note("two", "2")
    assert list(folder.iterdir()) == [file]


@pytest.mark.parametrize("what", ["a file", "a file above it", "a note that is a folder"])
def test_where_nothing_can_be_kept_nothing_fails(folder: Path, what: str) -> None:
    if what == "a note that is a folder":
        cache._path(folder, "one").mkdir(parents=True)
    else:
        place = folder if what == "a file" else folder.parent
        place.parent.mkdir(exist_ok=True)
        place.write_text("")
    note("one", "1")
    assert noted("one") is None
    assert not list(folder.parent.rglob("*.tmp"))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="a user that may not write is needed")
def test_a_folder_that_cannot_be_written_is_left_alone(folder: Path) -> None:
    note("one", "1")
    folder.chmod(0o500)
    note("two", "2")
    assert (noted("one"), noted("two")) == ("1", None)
    folder.chmod(0o700)


def test_old_notes_go(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aecodec.zoo.cache.MOST_NOTES", 3)
    for number in range(5):
        note(f"{number}", "x")
        os.utime(cache._path(folder, f"{number}"), (number, number))
    assert [noted(f"{number}") for number in range(5)] == [None, None, "x", "x", "x"]
