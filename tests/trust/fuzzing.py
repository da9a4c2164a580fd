"""Fuzzing by coverage, and round trips of random pictures."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np

from tests.trust.fuzz import CORPUS, HARNESSES, LONGEST, MISSING, has_atheris
from tests.trust.mutators import CHANGES
from tests.trust.pool import attempt
from tests.trust.round_trips import round_trips
from tests.trust.trial import NOT_TRIED, Size, Tally, Trial

SEED = 5
SECONDS = 120  # of each harness, at full size
CHANGED = 60  # changes of the corpus, at the quick size
A_FEW = 25  # files of each corpus, at the quick size
PROMISE = "only documented errors; pictures as promised, and files that are built again alike"
ROOT = Path(__file__).resolve().parents[2]


def trials(size: Size) -> Iterator[Trial]:
    """See ``TESTING.md``. The quick size needs no fuzzer."""
    for harness in HARNESSES:
        if size is Size.QUICK:
            yield _corpus(harness)
        elif has_atheris():
            yield _fuzzed(harness)
        else:
            yield Trial(f"fuzzing: {HARNESSES[harness]}", PROMISE, 0, measured={NOT_TRIED: MISSING})
    yield from round_trips(size)


def _corpus(harness: str) -> Trial:
    """A part of the corpus, and seeded changes of it."""
    tally = Tally(f"corpus: {HARNESSES[harness]}", PROMISE)
    one = import_module(f"tests.trust.fuzz.{harness}").one
    contents = [path.read_bytes() for path in sorted((CORPUS / harness).iterdir())]
    rng = np.random.default_rng([SEED, sum(harness.encode())])
    for place in rng.permutation(len(contents))[:A_FEW]:
        attempt(tally, partial(_wrong, one, contents[place], f"{harness}: {contents[place].hex()}"))
    for number in range(CHANGED):
        content = contents[int(rng.integers(len(contents)))]
        kind = list(CHANGES)[number % len(CHANGES)]
        data = CHANGES[kind](content, rng, contents)[: LONGEST[harness]]
        attempt(tally, partial(_wrong, one, data, f"{harness}, {kind} {number}: {data.hex()}"))
    return tally.trial


def _wrong(one: object, data: bytes, what: str) -> str | None:
    assert callable(one)
    try:
        one(data)
    except Exception as error:
        return f"{type(error).__name__}: {error}; {what}"
    return None


def _fuzzed(harness: str) -> Trial:
    """What libFuzzer says after its time."""
    tally = Tally(f"{SECONDS} s of fuzzing: {HARNESSES[harness]}", PROMISE)
    with tempfile.TemporaryDirectory() as name:
        found = Path(os.environ.get("AECODEC_FUZZ_FOUND", name)) / harness
        found.mkdir(parents=True, exist_ok=True)
        before = len(list((CORPUS / harness).iterdir()))
        options = [f"-max_total_time={SECONDS}", "-print_final_stats=1", "-timeout=60", f"-artifact_prefix={name}/"]
        command = [sys.executable, "-m", "tests.trust.fuzz", "run", harness, str(found), *options]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        for line in re.findall(r"stat::number_of_executed_units: (\d+)", done.stderr):
            tally.tried = int(line)
        covered = re.findall(r"#\d+\s+\w+\s+cov: (\d+) ft: (\d+)", done.stderr)
        if done.returncode or not covered or not tally.tried:
            broken = [path.read_bytes().hex() for path in Path(name).iterdir() if path.is_file()]
            tally.failed, tally.tried = 1, max(tally.tried, 1)
            tally.examples.append(f"{harness}: {done.stderr[-1500:]}; input {' '.join(broken)[:9000]}")
        else:
            begun = next((pair for pair in re.findall(r"INITED cov: (\d+) ft: (\d+)", done.stderr)), covered[0])
            tally.measured |= {
                "files of the corpus": before,
                "branches covered": int(covered[-1][0]),
                "more than at the start": int(covered[-1][0]) - int(begun[0]),
                "features": int(covered[-1][1]),
                "more features": int(covered[-1][1]) - int(begun[1]),
            }
    return tally.trial
