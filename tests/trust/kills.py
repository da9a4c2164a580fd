"""Killed, terminated or interrupted at a random instant."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.trust.scenes import Scene, leftovers
from tests.trust.trial import Size, Tally, Trial
from tests.trust.warm import OUTSIDE, ROOT, Warm

SLOW = 0.005  # seconds, before and after each step of writing
WHOLE = "old or new, never a part; the same command then gives the same files"


def trials(size: Size, warm: Warm, scenes: list[Scene], folder: Path) -> Iterator[Trial]:
    """Kills of processes as a user starts them, of forks of a warm one, and of such that write slowly; then signals."""
    rng = np.random.default_rng(31)
    slow = {scene.name: slowed(warm, scene, folder) for scene in scenes}
    quick = {scene.name: scene.seconds for scene in scenes}
    yield fresh(warm, scenes, folder, size.pick(2, 100), rng)
    yield kills(warm, scenes, folder, size.pick(4, 300), rng, quick, None)
    yield kills(warm, scenes, folder, size.pick(12, 600), rng, slow, SLOW)
    yield signals(warm, scenes, folder, size.pick(12, 200), rng, slow)


def kills(
    warm: Warm,
    scenes: list[Scene],
    folder: Path,
    count: int,
    rng: np.random.Generator,
    times: dict[str, float],
    slow: float | None,
) -> Trial:
    """Children of a warm process; with ``slow`` most of their time is spent writing."""
    how = "forked from a warm process" + (", writing slowed" if slow else "")
    tally = Tally(f"kill -9 at a random instant, {how}", WHOLE)
    for number in range(count):
        scene = scenes[number % len(scenes)]
        scene.set_up(folder)
        after = float(rng.uniform(0.2 if slow else 0, 1.02)) * times[scene.name]  # the first fifth writes nothing
        warm.run(scene.job(folder, slow=slow, after=after))
        _count(tally, warm, scene, folder, f"{scene.name}, killed after {after:.4f} s")
    return tally.trial


def fresh(warm: Warm, scenes: list[Scene], folder: Path, count: int, rng: np.random.Generator) -> Trial:
    """Interpreters of their own, from their start on."""
    tally = Tally("kill -9 at a random instant, each time a new `python -m aecodec`", WHOLE)
    for number in range(count):
        scene = scenes[number % len(scenes)]
        command = [sys.executable, "-m", "aecodec", *scene.job(folder).line]
        environment = warm.environment | {"PYTHONPATH": str(ROOT)}
        if number < len(scenes):
            scene.set_up(folder)
            start = time.perf_counter()
            subprocess.run(command, cwd=folder, env=environment, check=True, timeout=60)
            whole = time.perf_counter() - start
        after = whole * float(rng.uniform(0.3, 1.0))  # before that Python itself starts
        scene.set_up(folder)
        with subprocess.Popen(command, cwd=folder, env=environment) as process:
            try:
                process.wait(after)
            except subprocess.TimeoutExpired:
                process.kill()
        _count(tally, warm, scene, folder, f"{scene.name}, killed after {after:.4f} s")
    return tally.trial


def _count(tally: Tally, warm: Warm, scene: Scene, folder: Path, what: str) -> None:
    """Look at what a kill left, run the command again, look again."""
    wrong = scene.wrong(folder)
    found = scene.outputs(folder)
    fell = "while writing" if leftovers(folder) or found not in (scene.before, scene.after) else "before or after"
    if wrong is None:
        ended = warm.run(scene.again(folder))
        if ended.code or ended.lines:
            wrong = f"then it ended with {ended.code}: {ended.lines}"
        elif scene.outputs(folder) != scene.after:
            wrong = "then it gave other files"
    tally.count(wrong and f"{what}: {wrong}")
    tally.measured[f"fell {fell}"] = int(tally.measured.get(f"fell {fell}", 0)) + 1


def slowed(warm: Warm, scene: Scene, folder: Path) -> float:
    """Seconds that a scene takes when its writing is slowed."""
    scene.set_up(folder)
    start = time.perf_counter()
    warm.run(scene.job(folder, slow=SLOW))
    return time.perf_counter() - start


def signals(
    warm: Warm, scenes: list[Scene], folder: Path, count: int, rng: np.random.Generator, times: dict[str, float]
) -> Trial:
    """SIGINT and SIGTERM."""
    promise = "exit code 130 with one line, or 143; old or new, and no temporary file"
    tally = Tally("SIGINT or SIGTERM at a random instant, writing slowed", promise)
    while tally.tried < count:
        scene = scenes[tally.tried % len(scenes)]
        number, code = ((signal.SIGINT, 130), (signal.SIGTERM, 143))[int(rng.integers(2))]
        scene.set_up(folder)
        after = float(rng.uniform(0, 1)) * times[scene.name]
        ended = warm.run(scene.job(folder, slow=SLOW, after=after, signal=int(number)))
        if ended.code == OUTSIDE:  # before the program began or after its end
            continue
        lines = ["aecodec: error: interrupted" if code == 130 else "aecodec: error: ended by SIGTERM"]
        wrong = scene.wrong(folder)
        if (ended.code, ended.lines) not in ((code, lines), (0, [])):
            wrong = f"ended with {ended.code}: {ended.lines}"
        elif ended.code == 0 and scene.outputs(folder) != scene.after:
            wrong = "ended with 0, but is not done"
        elif left := leftovers(folder):
            wrong = f"left {left}"
        tally.count(wrong and f"{scene.name}, {number.name} after {after:.4f} s: {wrong}")
        if ended.code:
            tally.measured["stopped"] = int(tally.measured.get("stopped", 0)) + 1
    return tally.trial
