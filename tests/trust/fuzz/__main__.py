"""Fuzz a harness, or put what was found into its corpus; needs atheris.

python -m tests.trust.fuzz run HARNESS FOUND [-max_total_time=120 ...]   # FOUND, a folder, takes what is new
python -m tests.trust.fuzz merge HARNESS FOUND                           # the fewest inputs that cover all of both
python -m tests.trust.fuzz seed                                          # begin each corpus anew
"""

from __future__ import annotations

import hashlib
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.trust.fuzz import CORPUS, HARNESSES, LONGEST, MISSING, MOST_CORPUS, has_atheris


def run(harness: str, found: Path, options: Sequence[str], more: Sequence[Path] = ()) -> None:
    """Fuzz until libFuzzer ends; does not return."""
    import atheris

    with atheris.instrument_imports(include=["aecodec"]):
        one = importlib.import_module(f"tests.trust.fuzz.{harness}").one
    folders = [found, CORPUS / harness, *more]  # the first takes what is new
    longest = f"-max_len={LONGEST[harness]}"
    again = f"{sys.executable} -m tests.trust.fuzz run {harness} {found}"  # how a merge begins its inner process
    atheris.Setup([again, longest, *options, *map(str, folders)], one)
    atheris.Fuzz()


def merge(harness: str, found: Path) -> None:
    """Replace a corpus by the smallest inputs that cover what it and ``found`` cover, as many as may be kept."""
    with tempfile.TemporaryDirectory() as name:
        least = Path(name) / "least"
        least.mkdir()
        command = [sys.executable, "-m", "tests.trust.fuzz", "run", harness, str(least), "-merge=1", str(found)]
        subprocess.run(command, check=True)
        if not any(least.iterdir()):
            raise SystemExit(f"nothing came out for {harness}, and its corpus is left as it was")
        keep(harness, [path.read_bytes() for path in least.iterdir()])


def keep(harness: str, contents: list[bytes]) -> None:
    """Make these the corpus, the smallest first, up to its share of the bytes."""
    folder = CORPUS / harness
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    left = MOST_CORPUS // len(HARNESSES)
    for content in sorted(set(contents), key=lambda each: (len(each), each)):
        left -= len(content)
        if left < 0:
            break
        (folder / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)


def seed() -> None:
    """Begin with what the harnesses are about."""
    from tests.trust.fuzz.seeds import SEEDS

    for harness, seeds in SEEDS.items():
        keep(harness, [each for each in seeds() if len(each) <= LONGEST[harness]])


def main(arguments: list[str]) -> None:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if arguments[:1] == ["seed"]:
        seed()
    elif len(arguments) < 3 or arguments[0] not in ("run", "merge") or arguments[1] not in HARNESSES:
        raise SystemExit(__doc__)
    elif not has_atheris():
        raise SystemExit(MISSING)
    elif arguments[0] == "merge":
        merge(arguments[1], Path(arguments[2]))
    else:
        options = [each for each in arguments[3:] if each.startswith("-")]
        run(arguments[1], Path(arguments[2]), options, [Path(each) for each in arguments[3:] if each not in options])


if __name__ == "__main__":
    main(sys.argv[1:])
