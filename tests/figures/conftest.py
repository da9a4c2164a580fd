"""Fixtures: a few digits, what models make of them, and a report."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from aecodec.bench.figures.samples import Samples
from aecodec.bench.records.rows import Report
from aecodec.data import Collection
from aecodec.zoo import Zoo
from tests.made_report import made_report

FEW = 24  # pictures
NAMES = tuple(f"{digit} - word" for digit in range(10))


@pytest.fixture(scope="module")
def collection(digits: NDArray[np.uint8]) -> Collection:
    """A few digits; labels as if they were 0 to 3 in turn."""
    return Collection("mnist", "test", digits[:FEW], np.arange(FEW) % 4, NAMES)


@pytest.fixture(scope="module")
def samples(collection: Collection) -> Samples:
    return Samples(collection, Zoo(), latent_dims=(8, 32), effort=0)


@pytest.fixture(scope="module")
def report() -> Report:
    return made_report()
