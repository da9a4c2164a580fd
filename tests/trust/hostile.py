"""Hostile headers: refused before memory is taken or work is done for what they claim."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from json import loads
from pathlib import Path
from typing import Any

import aecodec
from aecodec.errors import FormatError, LimitError, ModelError, UnsupportedError
from tests.trust.golden import MODELS
from tests.trust.hostile_child import LIMIT
from tests.trust.hostile_files import KINDS, hostile
from tests.trust.trial import Size, Tally, Trial

MOST_MS, MOST_MIB = 100, 64
REFUSED = {kind.__name__: kind.exit_code for kind in (FormatError, UnsupportedError, ModelError, LimitError)}
ROOT = Path(aecodec.__file__).resolve().parents[1]


def trials(size: Size) -> Iterator[Trial]:
    """See ``TESTING.md``."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {}
        for number, (what, data) in enumerate(hostile(size.pick(4 * len(KINDS), 1000))):
            path = folder / f"{number}.aec"
            path.write_bytes(data)
            files[path] = what
        records = list(_decoded(list(files)))
        yield _library(files, records)
        some = list(files)[: size.pick(0, 3 * len(KINDS))] or list(files)[:: len(files) // 6]
        yield _command(files, some, {path: record["error"] for path, record in zip(files, records, strict=True)})


def _environment() -> dict[str, str]:
    one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**os.environ, **one, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}


def _decoded(paths: list[Path]) -> Iterator[dict[str, Any]]:
    """What the child says of each file."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.trust.hostile_child"],
        input="".join(f"{path}\n" for path in paths),
        env=_environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return map(loads, done.stdout.splitlines())


def _library(files: dict[Path, str], records: list[dict[str, Any]]) -> Trial:
    tally = Tally(
        f"hostile headers of {len(KINDS)} kinds, in a process of 1 GiB",
        f"a documented error within {MOST_MS} ms of CPU time and {MOST_MIB} MiB more than before",
    )
    for what, record in zip(files.values(), records, strict=True):
        tally.worst("slowest, ms of CPU time", record["ms"])
        tally.worst("memory added, MiB", record["mib"])
        sound = record["error"] in REFUSED and record["ms"] <= MOST_MS and record["mib"] <= MOST_MIB
        tally.count(None if sound else f"{what}: {record}")
    return tally.trial


def _command(files: dict[Path, str], some: list[Path], errors: dict[Path, str]) -> Trial:
    tally = Tally(
        "some of these by aecodec decompress",
        "the error's exit code, one line on standard error, and no output",
    )
    for path in some:
        done = subprocess.run(
            [sys.executable, "-m", "aecodec", "decompress", str(path), "--model-path", str(MODELS)],
            env=_environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            preexec_fn=_limited,
        )
        lines = done.stderr.splitlines()
        sound = (
            done.returncode == REFUSED.get(errors[path]) and len(lines) == 1 and lines[0].startswith("aecodec: error:")
        )
        sound = sound and not done.stdout and not any(path.with_suffix(end).exists() for end in ("", ".png"))
        tally.count(None if sound else f"{files[path]}: {done.returncode}: {done.stderr[:500]}")
    return tally.trial


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
