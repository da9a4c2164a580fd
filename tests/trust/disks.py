"""Disks that are full or read-only: a small file system in memory, which only the process under trial sees."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.trust.failing import PROMISE, judge
from tests.trust.scenes import Scene, workshop
from tests.trust.trial import NOT_TRIED, Size, Tally, Trial
from tests.trust.warm import Warm

PAGE = 4096
BIG = 96  # side of pictures whose files have several pages
FULL = "a full disk (tmpfs), each number of pages left"
READ_ONLY = "a read-only disk"


def trials(size: Size) -> Iterator[Trial]:
    """Both, where mounting is possible."""
    namespace = own_mounts()
    if namespace is None:
        for name in (FULL, READ_ONLY):
            yield Trial(name, PROMISE, 0, measured={NOT_TRIED: "a namespace to mount in"})
        return
    with workshop(namespace, side=BIG) as (warm, scenes, folder):
        yield full(warm, scenes, folder.parent / "disk", size)
        yield read_only(warm, scenes, folder.parent / "disk")


def own_mounts() -> tuple[str, ...] | None:
    """A command before others that lets them mount without anybody else seeing it; None where there is none."""
    for namespace in (("unshare", "-m"), ("unshare", "-rm")):
        try:
            tried = [*namespace, "mount", "-t", "tmpfs", "none", "/mnt"]
            if subprocess.run(tried, capture_output=True, check=False).returncode == 0:
                return namespace
        except FileNotFoundError:
            return None
    return None


def full(warm: Warm, scenes: list[Scene], disk: Path, size: Size) -> Trial:
    """A file system of its own, filled but for a few pages."""
    tally = Tally(FULL, PROMISE)
    disk.mkdir()
    warm.mount("-t", "tmpfs", "-o", "size=1m", "none", str(disk))
    filler, folder = warm.seen(disk / "filler"), warm.seen(disk / "scene")
    for number, scene in enumerate(scenes):
        needed = sum(-(-len(data) // PAGE) for data in scene.after.values())
        pages = range(needed + 8) if size is Size.FULL else range(number % 4, needed + 3, 6)
        for left in pages:
            filler.unlink(missing_ok=True)
            scene.set_up(folder)
            there = os.statvfs(filler.parent)
            filler.write_bytes(bytes((there.f_bavail - left) * there.f_frsize))
            ended = warm.run(scene.job(disk / "scene"))
            wrong = judge(scene, folder, ended)
            tally.count(wrong and f"{scene.name}, {left} pages left: {wrong}")
            tally.measured["refused"] = int(tally.measured.get("refused", 0)) + (ended.code != 0)
    filler.unlink(missing_ok=True)
    return tally.trial


def read_only(warm: Warm, scenes: list[Scene], disk: Path) -> Trial:
    """The same file system, mounted read-only."""
    tally = Tally(READ_ONLY, PROMISE)
    folder = warm.seen(disk / "scene")
    for scene in scenes:
        scene.set_up(folder)
        warm.mount("-o", "remount,ro", str(disk))
        ended = warm.run(scene.job(disk / "scene"))
        wrong = judge(scene, folder, ended, must_fail=True)
        tally.count(wrong and f"{scene.name}: {wrong}")
        warm.mount("-o", "remount,rw", str(disk))
    return tally.trial
