"""Harnesses for coverage-guided fuzzing: a module each with ``one(data)``, which raises only where a promise is broken.

They need no fuzzer themselves: :mod:`tests.trust.fuzzing` calls them with the corpus and seeded changes of it, and
``python -m tests.trust.fuzz`` runs them under atheris.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

HARNESSES = {
    "header": "header and index, in one layer or two",
    "decoder": "the whole decoder, checksums and checks repaired",
    "loader": "the model loader, digest repaired",
    "trip": "round trips with made models",
}
CORPUS = Path(__file__).resolve().parent / "corpus"
MOST_CORPUS = 150_000  # bytes of all
LONGEST = {"header": 2304, "decoder": 2304, "loader": 8192, "trip": 256}  # bytes of an input
MISSING = "fuzzing needs atheris, which is not here: pip install 'aecodec[fuzz]' (or, in a source tree, '.[fuzz]')"


def has_atheris() -> bool:
    """Whether atheris can be imported."""
    return find_spec("atheris") is not None
