"""Shared fixtures: a folder with a made model, and MNIST where it is at hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.checks import hear_interrupts
from tests.made import strokes

hear_interrupts()

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
# The subjects that --fast runs: the core of the codec, in a minute and a half on one core, without PyTorch.
FAST = frozenset(
    (
        *(
            "arguments",
            "bd",
            "changes",
            "container",
            "entropy",
            "exact",
            "grid",
            "import",
            "ink",
            "likeness",
            "lossless",
            "lossy",
        ),
        *("block_pictures", "reader", "scans", "source", "structure", "threads", "work", "zoo"),
    )
)


def subject(path: Path) -> str:
    """What a file of tests is about: the folder in ``tests`` that it is in, or else its own name."""
    return path.relative_to(TESTS).parts[0].removeprefix("test_").removesuffix(".py")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of the fast subset."""
    parser.addoption("--fast", action="store_true", help="only the core of the codec: a minute and a half, no PyTorch")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out folders and modules that are not of the fast subset, before they import anything."""
    if not config.getoption("--fast") or TESTS not in collection_path.parents:
        return None
    return subject(collection_path) not in FAST or None


def data_dir() -> Path | None:
    """Where torchvision's MNIST lies: AECODEC_DATA_DIR, else ./data; None where it is missing."""
    for folder in (os.environ.get("AECODEC_DATA_DIR"), ROOT / "data"):
        if folder and (Path(folder) / "MNIST" / "raw" / "t10k-images-idx3-ubyte").is_file():
            return Path(folder)
    return None


@pytest.fixture(scope="session")
def digits() -> NDArray[np.uint8]:
    """Native pictures, uint8 ``[200, 28, 28]``: MNIST's test split where it is at hand, else made strokes."""
    folder = data_dir()
    if folder is None:
        return strokes(200)
    raw = (folder / "MNIST" / "raw" / "t10k-images-idx3-ubyte").read_bytes()
    return np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 28, 28)[:200].copy()


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """PyTorch on one thread: small networks only wait for a second."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def torch() -> Iterator[Any]:
    """PyTorch on one thread, where it is installed."""
    module = pytest.importorskip("torch")
    before = module.get_num_threads()
    module.set_num_threads(1)
    yield module
    module.set_num_threads(before)
