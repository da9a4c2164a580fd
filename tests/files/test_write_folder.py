"""Writing a folder: it appears whole or not at all, and nothing is written outside."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from aecodec.errors import FileError, FormatError, UsageError
from aecodec.files import atomic, check_folder, find_pictures, folder, write_folder
from tests.files.left import left_behind
from tests.made_pictures import GREY

FILES = [("a.png", b"1"), ("sub/b.png", b"22"), ("sub/deep/c.png", b"333")]


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("exists", [False, True])
def test_writes_a_folder(tmp_path: Path, exists: bool) -> None:
    target = tmp_path / "out"
    if exists:
        target.mkdir()
    assert write_folder(str(target) + "/" * exists, iter(FILES), force=False) == 6
    assert contents(target) == dict(FILES)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert left_behind(tmp_path) == []


def test_folder_in_use_needs_force(tmp_path: Path) -> None:
    for name, data in [("mine.txt", b"mine"), ("a.png", b"old")]:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(UsageError, match="not empty"):
        check_folder(str(tmp_path), force=False)
    with pytest.raises(UsageError, match="not empty"):
        write_folder(str(tmp_path), iter(FILES), force=False)
    assert contents(tmp_path) == {"mine.txt": b"mine", "a.png": b"old"}
    write_folder(str(tmp_path), iter(FILES), force=True)
    assert contents(tmp_path) == {"mine.txt": b"mine", **dict(FILES)}


@pytest.mark.parametrize("exists", [False, True])
def test_a_failure_midway_changes_nothing(tmp_path: Path, exists: bool) -> None:
    target = tmp_path / "out"
    if exists:
        target.mkdir()
        (target / "a.png").write_bytes(b"old")

    def files() -> Any:
        yield from FILES
        raise FormatError("damaged")

    with pytest.raises(FormatError):
        write_folder(str(target), files(), force=True)
    assert contents(tmp_path) == ({"out/a.png": b"old"} if exists else {})
    assert target.exists() == exists
    assert left_behind(tmp_path) == []


def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(FileError, match="No space left"):
        write_folder(str(tmp_path / "out"), iter(FILES), force=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("works", [True, False])
def test_many_files_go_to_the_disk_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, works: bool) -> None:
    calls, sync = [0], os.fsync

    def count(descriptor: int) -> None:
        calls[0] += 1
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", count)
    if not works:
        monkeypatch.setattr("aecodec.files.atomic._sync_all", lambda folder: False)
    files = [(f"{number}.png", b"%d" % number) for number in range(100)]
    write_folder(str(tmp_path / "out"), iter(files), force=False)
    assert contents(tmp_path / "out") == dict(files)
    together = works and sys.platform == "linux"
    assert (calls[0] < 10) if together else (calls[0] >= len(files))


@pytest.mark.parametrize("name", ["../x.png", "/x.png", "a/../../x.png", "link/x.png", "link/new/x.png", "a/.."])
def test_nothing_is_written_outside(tmp_path: Path, name: str) -> None:
    target, outside = tmp_path / "in" / "out", tmp_path / "outside"
    target.mkdir(parents=True)
    outside.mkdir()
    (target / "link").symlink_to(outside)
    with pytest.raises(FileError, match="outside"):
        write_folder(str(target), iter([("a/b.png", b"1"), (name, b"2")]), force=True)
    assert list(outside.iterdir()) == []
    assert not (tmp_path / "in" / "x.png").exists()
    assert left_behind(tmp_path) == []


def test_links_to_files_are_replaced_in_a_folder(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (tmp_path / "outside").write_bytes(b"keep")
    (target / "a.png").symlink_to(tmp_path / "outside")
    write_folder(str(target), iter(FILES), force=True)
    assert (tmp_path / "outside").read_bytes() == b"keep"
    assert contents(target) == dict(FILES)


def test_impossible_folders(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "out" / "a.png").mkdir(parents=True)
    expected = [("file", "it is a file"), ("no/out", "does not exist"), ("out", "it is a folder")]
    for target, words in expected:
        with pytest.raises(FileError, match=words):
            write_folder(str(tmp_path / target), iter(FILES), force=True)
    with pytest.raises(FileError, match="another picture"):
        write_folder(str(tmp_path / "new"), iter([("a", b"1"), ("a", b"2")]), force=False)
    assert sorted(contents(tmp_path)) == ["file"]
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("force", [False, True])
def test_a_failure_while_moving_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, force: bool) -> None:
    before = {"a.png": b"old", "mine.txt": b"mine"} if force else {}
    for name, data in before.items():
        (tmp_path / name).write_bytes(data)
    real = folder.publish
    calls: list[str] = []

    def fail_later(temporary: str, target: str, *, force: bool) -> None:
        calls.append(target)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(temporary, target, force=force)

    monkeypatch.setattr(folder, "publish", fail_later)
    with pytest.raises(FileError, match="No space left"):
        write_folder(str(tmp_path), iter(FILES), force=force)
    assert len(calls) == 3
    assert contents(tmp_path) == before
    assert not (tmp_path / "sub").exists()


def test_what_came_first_is_not_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = folder.publish

    def intrude(temporary: str, target: str, *, force: bool) -> None:
        if target.endswith("b.png"):
            Path(target).write_bytes(b"theirs")
        real(temporary, target, force=force)

    monkeypatch.setattr(folder, "publish", intrude)
    with pytest.raises(UsageError, match="exists"):
        write_folder(str(tmp_path), iter(FILES), force=False)
    assert contents(tmp_path) == {"sub/b.png": b"theirs"}


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_that_appears_meanwhile(tmp_path: Path, force: bool) -> None:
    target = tmp_path / "out"

    def files() -> Any:
        yield from FILES
        write_folder(str(target), iter([("a.png", b"theirs"), ("d.png", b"d")]), force=False)

    if force:
        write_folder(str(target), files(), force=True)
        assert contents(target) == {"d.png": b"d", **dict(FILES)}
    else:
        with pytest.raises(UsageError, match="not empty"):
            write_folder(str(target), files(), force=False)
        assert contents(target) == {"a.png": b"theirs", "d.png": b"d"}
    assert left_behind(tmp_path) == []


def test_what_a_killed_process_left_is_no_output(tmp_path: Path) -> None:
    left = tmp_path / "out" / atomic.temporary_name()
    left.mkdir(parents=True)
    Image.fromarray(GREY).save(left / "a.png")
    with pytest.raises(UsageError, match="no pictures"):
        find_pictures([str(tmp_path / "out")])
    check_folder(str(tmp_path / "out"), force=False)
    write_folder(str(tmp_path / "out"), iter(FILES), force=False)
    assert {name: data for name, data in contents(tmp_path / "out").items() if ".tmp" not in name} == dict(FILES)
    assert [source.name for source in find_pictures([str(tmp_path / "out")])] == [name for name, _ in FILES]


def test_temporary_names_differ() -> None:
    names = {atomic.temporary_name() for _ in range(1000)}
    assert len(names) == 1000 and all(map(atomic.is_temporary, names))
    assert not any(map(atomic.is_temporary, ("a.png", ".aecodec-x.tmp", "x.tmp", ".aecodec-0123456789ab.tmp.png")))


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_that_another_makes_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, force: bool) -> None:
    """Between two looks at it; found by 32 writers of one folder."""
    target, real = tmp_path / "out", os.stat

    def stat_and_make(path: Any, *rest: Any, **more: Any) -> os.stat_result:
        try:
            return real(path, *rest, **more)
        finally:
            if path == str(target):
                target.mkdir(exist_ok=True)

    monkeypatch.setattr(os, "stat", stat_and_make)
    assert write_folder(str(target), iter(FILES), force=force) == 6
