"""Writing that fails, at each step that an operating system can refuse."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.trust.hooks import ERRORS, NAMES
from tests.trust.scenes import Scene, leftovers
from tests.trust.trial import NOT_TRIED, Size, Tally, Trial
from tests.trust.warm import NOBODY, Ended, Warm

PROMISE = "exit code 7 and one line, or done; old or new, and no temporary file"


def trials(size: Size, warm: Warm, scenes: list[Scene], folder: Path) -> Iterator[Trial]:
    """Calls that fail, files that may not grow, a folder of somebody else's."""
    rng = np.random.default_rng(37)
    yield calls(warm, scenes, folder, size, rng)
    yield limited(warm, scenes, folder, size.pick(12, 200), rng)
    yield somebody_else(warm, scenes, folder)


def judge(scene: Scene, folder: Path, ended: Ended, *, must_fail: bool = False) -> str | None:
    """What is wrong after writing has, or may have, failed."""
    each = "each" in scene.name or "several" in scene.name
    if wrong := scene.wrong(folder):
        return wrong
    if left := leftovers(folder):
        return f"left {left}"
    found = scene.outputs(folder)
    if ended.code == 0:
        if must_fail or ended.lines or found != scene.after:
            return f"ended with 0: {ended.lines}"
        return None
    if not all(line.startswith("aecodec: error: ") for line in ended.lines):
        return f"said {ended.lines}"
    if each and ended.code == 1 and ended.lines:
        return None
    if ended.code != 7 or (len(ended.lines) != 1 and not each):
        return f"ended with {ended.code}: {ended.lines}"
    if not each and found != scene.before:
        return "failed, but changed something"
    return None


def calls(warm: Warm, scenes: list[Scene], folder: Path, size: Size, rng: np.random.Generator) -> Trial:
    """One call fails, with one of the errors that a disk gives."""
    tally = Tally("one call that fails (open, write, flush, fsync, close, link, replace, ...)", PROMISE)
    marker = folder.parent / "failed"
    plan = [(scene, name) for scene in scenes for name in NAMES]
    if size is Size.QUICK:
        others = rng.permutation([n for n, (_, name) in enumerate(plan) if name != "write"])[:12]
        plan = [each for each in plan if each[1] == "write"] + [plan[int(n)] for n in others]
    for scene, name in plan:
        errors = ERRORS if size is Size.FULL else (ERRORS[int(rng.integers(len(ERRORS)))],)
        for number in errors:
            for at in range(1, size.pick(3, 100)):
                marker.unlink(missing_ok=True)
                scene.set_up(folder)
                ended = warm.run(scene.job(folder, fail=(name, at, number, str(marker))))
                if not marker.exists():  # there is no such call
                    break
                wrong = judge(scene, folder, ended)
                tally.count(wrong and f"{scene.name}, call {at} of {name}, {os.strerror(number)}: {wrong}")
    return tally.trial


def limited(warm: Warm, scenes: list[Scene], folder: Path, count: int, rng: np.random.Generator) -> Trial:
    """No file may be larger than so many bytes."""
    tally = Tally("RLIMIT_FSIZE, any number of bytes below an output's", PROMISE)
    for number in range(count):
        scene = scenes[number % len(scenes)]
        allowed = int(rng.integers(max(map(len, scene.after.values()))))
        scene.set_up(folder)
        ended = warm.run(scene.job(folder, file_bytes=allowed))
        wrong = judge(scene, folder, ended, must_fail=True)
        tally.count(wrong and f"{scene.name}, {allowed} bytes: {wrong}")
    return tally.trial


def somebody_else(warm: Warm, scenes: list[Scene], folder: Path) -> Trial:
    """A folder that the user may read, and not write to."""
    name = "a folder that the user may not write to"
    if os.geteuid():
        return Trial(name, PROMISE, 0, measured={NOT_TRIED: "root, who may become nobody"})
    tally = Tally(name, PROMISE)
    for scene in scenes:
        scene.set_up(folder)
        ended = warm.run(scene.job(folder, user=NOBODY))
        wrong = judge(scene, folder, ended, must_fail=True)
        tally.count(wrong and f"{scene.name}: {wrong}")
    return tally.trial
