"""Writing one file: it appears whole or not at all, and nothing is replaced unasked."""

from __future__ import annotations

import errno
import os
import sys
import threading
from pathlib import Path

import pytest

from aecodec.errors import FileError, UsageError
from aecodec.files import atomic, check_target, write_file
from tests.files.left import left_behind


def test_new_file_follows_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_file(str(tmp_path / "x"), b"new", force=False)
    finally:
        os.umask(old)
    assert (tmp_path / "x").read_bytes() == b"new"
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o640
    assert left_behind(tmp_path) == []


def test_existing_file_needs_force_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    path.chmod(0o600)
    for refuse in (check_target, lambda target, force: write_file(target, b"new", force=force)):
        with pytest.raises(UsageError, match="-f"):
            refuse(str(path), force=False)
    assert path.read_bytes() == b"old"
    check_target(str(path), force=True)
    write_file(str(path), b"new", force=True)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "link").symlink_to("far/x")
    write_file(str(tmp_path / "link"), b"one", force=False)
    with pytest.raises(UsageError):
        write_file(str(tmp_path / "link"), b"two", force=False)
    write_file(str(tmp_path / "link"), b"two", force=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "far" / "x").read_bytes() == b"two"


@pytest.mark.parametrize("force", [False, True])
def test_impossible_targets(tmp_path: Path, force: bool) -> None:
    (tmp_path / "file").write_bytes(b"")
    for target, words in [
        (tmp_path, "it is a folder"),
        (tmp_path / "no" / "x", "there is no folder"),
        (tmp_path / "file" / "x", "Not a directory"),
        (tmp_path / ("x" * 300), "too long"),
    ]:
        for refuse in (check_target, lambda target, force: write_file(target, b"new", force=force)):
            with pytest.raises(FileError, match=words):
                refuse(str(target), force=force)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file"]


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    path, sync = tmp_path / "x", os.fsync

    def intrude(descriptor: int) -> None:
        path.write_bytes(b"theirs")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", intrude)
    if not links:
        monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(PermissionError(errno.EPERM, "no links")))
    with pytest.raises(UsageError, match="exists"):
        write_file(str(path), b"ours", force=False)
    assert path.read_bytes() == b"theirs"
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("renames", [True, False])
def test_file_systems_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: bool) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no links")

    monkeypatch.setattr(os, "link", refuse)
    if not renames:
        monkeypatch.setattr(atomic, "_rename_to_new", lambda *_: False)
    write_file(str(tmp_path / "x"), b"new", force=False)
    assert (tmp_path / "x").read_bytes() == b"new"
    if not renames:
        monkeypatch.setattr(os, "replace", refuse)
        with pytest.raises(FileError):
            write_file(str(tmp_path / "y"), b"new", force=False)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there known to rename in one step")
def test_no_file_system_shows_an_empty_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without links, too, the target's name comes with its bytes: a kill in between finds nothing to leave."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no links")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(atomic, "_claim", lambda *_: pytest.fail("claimed the name before there were bytes"))
    write_file(str(tmp_path / "x"), b"new", force=False)
    with pytest.raises(FileExistsError):
        atomic.publish(str(tmp_path / "x"), str(tmp_path / "x"), force=False)
    assert (tmp_path / "x").read_bytes() == b"new"


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_failed_writes_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    path = tmp_path / "x"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(FileError) as error:
        write_file(str(path), b"new", force=True)
    assert str(error.value) == f"cannot write {path}: {os.strerror(number)}"
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_interrupted_writes_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_file(str(tmp_path / "x"), b"new", force=False)
    assert list(tmp_path.iterdir()) == []


def test_pipes_and_devices_are_written_directly(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_file(str(pipe), b"through", force=False)
    reader.join(10)
    assert found == [b"through"]
    assert [p.name for p in tmp_path.iterdir()] == ["pipe"]
    if os.path.exists("/dev/full"):
        with pytest.raises(FileError, match="cannot write /dev/full: No space left"):
            write_file("/dev/full", b"x", force=True)
        assert not os.path.isfile("/dev/full")


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_descriptors_are_not_replaced(tmp_path: Path) -> None:
    """/dev/stdout may be an ordinary file that the shell opened: that file is meant, not its name."""
    path = tmp_path / "out"
    with open(path, "wb") as file:
        write_file(f"/dev/fd/{file.fileno()}", b"through", force=False)
        assert os.fstat(file.fileno()).st_ino == path.stat().st_ino
    assert path.read_bytes() == b"through"


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_what_an_open_file_holds_stays(tmp_path: Path) -> None:
    """Writing goes on where the descriptor stands, as a shell's ``>>`` and several commands of one ``>`` want it."""
    path = tmp_path / "log"
    path.write_bytes(b"old,")
    (tmp_path / "link").symlink_to("/proc/self/fd/9")
    with open(path, "ab") as file:
        saved = os.dup(9) if os.path.exists("/proc/self/fd/9") else None
        os.dup2(file.fileno(), 9)
        try:
            for target in (f"/dev/fd/{file.fileno()}", f"/proc/{os.getpid()}/fd/9", str(tmp_path / "link")):
                write_file(target, b"new,", force=False)
        finally:
            os.dup2(saved, 9) if saved is not None else os.close(9)
    assert path.read_bytes() == b"old,new,new,new,"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="that names a folder, expected a file"):
        write_file(f"{tmp_path}/new/", b"x", force=False)
    assert list(tmp_path.iterdir()) == []
