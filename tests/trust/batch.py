"""Batches: many files of which some are bad, in one go and with interruptions."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import aecodec
from aecodec.files import read_picture
from tests.made import strokes
from tests.trust.scenes import Files, leftovers, place_to_work, png, read_files
from tests.trust.spoiled import COMPRESSED, PICTURES, Spoil
from tests.trust.trial import NOT_TRIED, Size, Tally, Trial
from tests.trust.warm import NOBODY, OUTSIDE, Ended, Job, Warm

MODEL = "--model made-6 --lossless"
ERROR = "aecodec: error: "
INTERRUPTIONS = 20


@dataclass(frozen=True)
class Batch:
    """A folder of files, by their names without suffix: the bad ones with the way in which they are."""

    names: Sequence[str]
    bad: dict[str, str]
    pixels: np.ndarray  # uint8 [N, H, W], in the order of names

    @property
    def good(self) -> list[str]:
        return [name for name in self.names if name not in self.bad]

    def wrong_lines(self, ended: Ended) -> dict[str, str]:
        """By name, what is wrong with what was said: one line for each bad file and none for others."""
        wrong = {}
        lines = [line for line in ended.lines if line.startswith(ERROR)]
        for name in self.names:
            said = sum(f"{name}." in line for line in lines)
            if said != (name in self.bad):
                wrong[name] = f"{said} lines"
        if len(lines) != len(ended.lines) or ended.code != 1:
            wrong[self.names[0]] = f"ended with {ended.code}, and {len(ended.lines)} lines: {ended.lines[-1:]}"
        return wrong


def trials(size: Size) -> Iterator[Trial]:
    """To one container, to a file each, back again, and each of these with interruptions."""
    if not sys.platform.startswith("linux"):
        yield Trial("batches", "what is bad costs only itself", 0, measured={NOT_TRIED: "Linux"})
        return
    count, rng = size.pick(200, 10_000), np.random.default_rng(41)
    with place_to_work() as (warm, place):
        folder = place / "batch"
        folder.mkdir()
        folder.chmod(0o777)
        pictures = make(folder / "pics", count, ".png", rng)
        yield container(warm, folder, pictures)
        seconds, trial = each(warm, folder, pictures)
        yield trial
        whole = read_files(folder / "out")
        line = f"compress pics --each -o resumed {MODEL}"
        yield resumed(warm, folder, line, pictures, whole, seconds, rng, size)
        stored = spoil(folder / "out", pictures, rng)
        seconds, trial = back(warm, folder, stored)
        yield trial
        whole = read_files(folder / "back")
        yield resumed(warm, folder, "decompress out -o again", stored, whole, seconds, rng, size)


def make(folder: Path, count: int, suffix: str, rng: np.random.Generator) -> Batch:
    """PNGs in subfolders of a hundred, one of a hundred of them bad (in the quick size, one of twenty)."""
    made = strokes(100, 8, 8)
    pixels = np.stack([np.roll(made[n % 100], n // 100, axis=n % 2) ^ np.uint8(n // 100 % 8) for n in range(count)])
    names = [f"{n // 100:03d}/p{n:05d}" for n in range(count)]
    return _spoiled(folder, names, pixels, [png(each) for each in pixels], suffix, PICTURES, rng)


def spoil(folder: Path, batch: Batch, rng: np.random.Generator) -> Batch:
    """The ``.aec`` files of a batch, one in a hundred made bad."""
    known = dict(zip(batch.names, batch.pixels, strict=True))
    names = batch.good
    data = [(folder / f"{name}.aec").read_bytes() for name in names]
    pixels = np.stack([known[name] for name in names])
    return _spoiled(folder, names, pixels, data, ".aec", COMPRESSED, rng)


def _spoiled(
    folder: Path,
    names: list[str],
    pixels: np.ndarray,
    data: list[bytes],
    suffix: str,
    ways: dict[str, Spoil],
    rng: np.random.Generator,
) -> Batch:
    number = -(-len(names) // 1000) * len(ways)
    places = dict(zip(map(int, rng.permutation(len(names))[:number]), [*ways] * number, strict=False))
    for n, name in enumerate(names):
        path = folder / f"{name}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if n in places:
            ways[places[n]](path, data[n])
        else:
            path.write_bytes(data[n])
    return Batch(names, {names[n]: way for n, way in places.items()}, pixels)


def _job(folder: Path, line: str, **faults: object) -> Job:
    """Root may read any file, so root becomes somebody who may not."""
    user = None if os.geteuid() else NOBODY
    return Job([*line.split(), "-q"], str(folder), user=user, **faults)  # type: ignore[arg-type]


def container(warm: Warm, folder: Path, batch: Batch) -> Trial:
    """All that are sound into one file; then what it holds is compared with the pictures."""
    promise = "sound ones are in it, exact; bad ones are a line each; exit code 1"
    tally = Tally(_name(batch, "into one container"), promise)
    unsafe = folder / "pics" / "000" / "p:.png"
    unsafe.write_bytes(png(batch.pixels[0]))
    ended = warm.run(_job(folder, f"compress pics -o all.aec {MODEL} --jobs 1"))
    unsafe.unlink()
    mine = [line for line in ended.lines if "p:.png" in line and "cannot be named" in line]
    tally.count(None if len(mine) == 1 else f"the name p:.png: {mine}")
    wrong = batch.wrong_lines(Ended(ended.code, [line for line in ended.lines if line not in mine]))
    data = (folder / "all.aec").read_bytes() if ended.code == 1 else b""
    found = {}
    if data:
        stored = aecodec.inspect(data).names or ()
        pixels = aecodec.decompress(data, model_path=[str(warm.models)])
        found = {name.removesuffix(".png"): picture for name, picture in zip(stored, pixels, strict=True)}
    for name, picture in zip(batch.names, batch.pixels, strict=True):
        if name in batch.bad:
            fails = wrong.get(name) or ("it is in the container" if name in found else None)
        else:
            exact = name in found and np.array_equal(found[name], picture)
            fails = wrong.get(name) or (None if exact else "not in the container as it was")
        tally.count(fails and f"{name} ({batch.bad.get(name, 'sound')}): {fails}")
    tally.measured["bad"] = len(batch.bad) + 1
    return tally.trial


def each(warm: Warm, folder: Path, batch: Batch) -> tuple[float, Trial]:
    """A file for each; they are compared in :func:`back`."""
    promise = "sound ones have a file; bad ones none, and a line each; exit code 1"
    tally = Tally(_name(batch, "into a file each"), promise)
    start = time.perf_counter()
    ended = warm.run(_job(folder, f"compress pics --each -o out {MODEL}"))
    seconds = time.perf_counter() - start
    wrong, found = batch.wrong_lines(ended), read_files(folder / "out")
    for name in batch.names:
        right = (f"{name}.aec" in found) == (name not in batch.bad)
        fails = wrong.get(name) or (None if right else "there, or not there")
        tally.count(fails and f"{name} ({batch.bad.get(name, 'sound')}): {fails}")
    tally.measured |= {"bad": len(batch.bad), "seconds": round(seconds, 1)}
    return seconds, tally.trial


def back(warm: Warm, folder: Path, batch: Batch) -> tuple[float, Trial]:
    """Those files become pictures again."""
    promise = "sound ones are pictures again, exact; bad ones a line each; exit code 1"
    tally = Tally(_name(batch, "`.aec` files into pictures"), promise)
    start = time.perf_counter()
    ended = warm.run(_job(folder, "decompress out -o back"))
    seconds = time.perf_counter() - start
    wrong = batch.wrong_lines(ended)
    for name, picture in zip(batch.names, batch.pixels, strict=True):
        path = folder / "back" / f"{name}.png"
        if name in batch.bad:
            fails = wrong.get(name) or ("there is a picture" if path.exists() else None)
        else:
            exact = path.exists() and np.array_equal(read_picture(str(path)), picture)
            fails = wrong.get(name) or (None if exact else "not the same picture")
        tally.count(fails and f"{name} ({batch.bad.get(name, 'sound')}): {fails}")
    tally.measured |= {"bad": len(batch.bad), "seconds": round(seconds, 1)}
    return seconds, tally.trial


def resumed(
    warm: Warm,
    folder: Path,
    line: str,
    batch: Batch,
    whole: Files,
    seconds: float,
    rng: np.random.Generator,
    size: Size,
) -> Trial:
    """Interrupted again and again, each time with ``--skip-existing``; then left to its end."""
    promise = "only whole files, at every stop; in the end the same files, lines and exit code as in one go"
    tally = Tally(_name(batch, f"`{line.split()[0]}` stopped by SIGINT or SIGKILL, and resumed"), promise)
    output = folder / line.split()[line.split().index("-o") + 1]
    times = size.pick(4, INTERRUPTIONS)
    stops = {"SIGINT": 0, "SIGKILL": 0, "files when stopped last": 0}
    for _ in range(times):
        number = (signal.SIGINT, signal.SIGKILL)[int(rng.integers(2))]
        after = float(rng.uniform(0.2, 1.6)) * seconds / times
        killed = set(leftovers(output))  # of those before, by SIGKILL
        ended = warm.run(_job(folder, f"{line} --skip-existing", after=after, signal=int(number)))
        found = read_files(output)
        parts = [name for name, data in found.items() if whole.get(name) != data]
        left = set(leftovers(output)) - killed if number == signal.SIGINT else set()
        fails = f"{len(parts)} others, such as {parts[:2]}; left {left}" if parts or left else None
        if ended.code not in (130, -signal.SIGKILL, 1, OUTSIDE) or any("Traceback" in each for each in ended.lines):
            fails = f"{fails or ''} ended with {ended.code}: {ended.lines[-3:]}"
        tally.count(fails and f"stopped by {number.name} after {after:.3f} s: {fails}")
        if ended.code in (130, -signal.SIGKILL):
            stops[number.name] += 1
            stops["files when stopped last"] = len(found)
    ended = warm.run(_job(folder, f"{line} --skip-existing"))
    same = read_files(output) == whole
    wrong = batch.wrong_lines(ended)
    tally.count(None if same and not wrong else f"in the end: same files: {same}; {list(wrong.items())[:2]}")
    tally.measured |= stops
    if not stops["SIGINT"] + stops["SIGKILL"]:
        tally.count("no run was stopped in time")
    return tally.trial


def _name(batch: Batch, what: str) -> str:
    return f"{len(batch.names):,} files, {len(batch.bad)} of them bad in ten ways, {what}"
