"""Many writers of one output at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import aecodec
from tests.made import strokes
from tests.trust.scenes import Files, Scene, clear, leftovers, png, read_files, write_files
from tests.trust.trial import Size, Tally, Trial
from tests.trust.warm import Ended, Job, Warm

WRITERS = 32
SLOW = 0.001  # seconds around each step, so that writers meet
LINES = {"file": "compress {0}.png -o x.aec --model made-6 --effort 0", "folder": "decompress {0}.aec -o out"}


def trials(size: Size, warm: Warm, scenes: list[Scene], folder: Path) -> Iterator[Trial]:
    """A file and a folder, with and without ``-f``."""
    inputs = prepare(warm.models)
    for what, line in LINES.items():
        alone = [_outputs_of(warm, line.format(n), inputs, folder) for n in range(WRITERS)]
        for force in (False, True):
            yield race(warm, folder, inputs, alone, what, force, size.pick(1, 5))


def prepare(models: Path) -> Files:
    """A picture and a container for each writer, no two alike."""
    pictures = strokes(WRITERS + 2)
    inputs: Files = {}
    for n in range(WRITERS):
        names = ["a.png", "b.png", "sub/c.png"]
        known = {"lossless": True, "model": "made-6", "model_path": [str(models)]}
        inputs[f"{n}.png"] = png(pictures[n])
        inputs[f"{n}.aec"] = aecodec.compress(list(pictures[n : n + 3]), names=names, **known)
    return inputs


def _outputs_of(warm: Warm, line: str, inputs: Files, folder: Path) -> Files:
    clear(folder)
    write_files(folder, inputs)
    ended = warm.run(Job([*line.split(), "-q"], str(folder)))
    if ended.code:
        raise AssertionError(f"{line} fails undisturbed: {ended}")
    return _outputs(folder, inputs)


def race(warm: Warm, folder: Path, inputs: Files, alone: list[Files], what: str, force: bool, rounds: int) -> Trial:
    """All writers at once; one attempt is one writer."""
    promise = (
        "all are done, and each file is the whole one of a writer"
        if force
        else ("one is done, and the output is its own; the others are refused with exit code 2 and one line")
    )
    tally = Tally(f"{WRITERS} writers of one {what}{', with -f' if force else ''}", promise)
    for turn in range(rounds):
        clear(folder)
        write_files(folder, inputs)
        lines = [[*LINES[what].format(n).split(), "-q", *["-f"] * force] for n in range(WRITERS)]
        ended = warm.run_all([Job(line, str(folder), slow=SLOW) for line in lines])
        found = _outputs(folder, inputs)
        wrong = (_wrong_of_all if force else _wrong_of_one)(ended, found, alone)
        if left := leftovers(folder):
            wrong = f"left {left}"
        for n in range(WRITERS):
            tally.count(wrong and f"round {turn}: {wrong}" if n == 0 else None)
    return tally.trial


def _wrong_of_one(ended: list[Ended], found: Files, alone: list[Files]) -> str | None:
    winners = [n for n, each in enumerate(ended) if each.code == 0]
    if len(winners) != 1:
        return f"{len(winners)} were done: {ended}"
    if found != alone[winners[0]]:
        return f"writer {winners[0]} was done, but its output is not there"
    for each in ended:
        refused = each.code == 2 and len(each.lines) == 1 and " exists" in each.lines[0]
        if each.code and not refused:
            return f"refused with {each}"
    return None


def _wrong_of_all(ended: list[Ended], found: Files, alone: list[Files]) -> str | None:
    if bad := [each for each in ended if each.code or each.lines]:
        return f"{len(bad)} were not done: {bad[0]}"
    if found.keys() != alone[0].keys():
        return f"there are {sorted(found)}"
    for name, data in found.items():
        if data not in [files[name] for files in alone]:
            return f"{name} is of no writer"
    return None


def _outputs(folder: Path, inputs: Files) -> Files:
    return {name: data for name, data in read_files(folder).items() if name not in inputs}
