"""Classes of scale, and the frequency table of each.

A latent's class follows from its log-scale: log2 of its standard deviation in steps of quantization, in 1/96 octave.
Class 0 is not coded, and its symbol is 0. Class 1 stands for a standard deviation of 1/8. From each class to the next
it grows by a factor of 2**(1/6). The tables are a model's own integers, and training is free to choose their shape.

With dependent quantization (:mod:`aecodec.grid.dependent`) a class has two tables, one for each quantizer. So tables
have numbers: that of the class, and 64 more for the second quantizer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Classes, Integers64
from aecodec.entropy import Table
from aecodec.errors import ModelError
from aecodec.exact.tensors import take
from aecodec.grid.gains import OCTAVE
from aecodec.grid.names import DEPENDENT
from aecodec.limits import FREQUENCY_TOTAL, GRID_SYMBOL_MAX

CLASSES = 64
CLASS_UNITS = 16  # of a log-scale, from one class to the next, in 1/96 octave
CLASS_OFFSET = 3 * OCTAVE + CLASS_UNITS + CLASS_UNITS // 2
_MOST_ENTRIES = 1 << 12


def classes_of(scales: Integers64) -> Classes:
    """Return the classes of log-scales, uint8 0 to 63."""
    found: Classes = np.clip((scales + CLASS_OFFSET) // CLASS_UNITS, 0, CLASSES - 1).astype(np.uint8)
    return found


class Scales:
    """The tables of classes 1 to 63. Entry k of a table of reach r stands for symbol k - r; the last is the escape.

    ``reach`` and ``tables`` go by numbers of tables. They have 64 entries, with dependent quantization 128.
    """

    def __init__(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        """Check the tables. Raises ModelError for a wrong length, frequency or sum."""
        reach = take(tensors, "scales.reach", np.int32, (CLASSES - 1,)).astype(np.int64)
        if reach.min() < 0 or reach.max() > min(GRID_SYMBOL_MAX, _MOST_ENTRIES // 2):
            raise ModelError("a table of a scale is too long")
        self.dependent = DEPENDENT in tensors
        self.reach: Integers64 = np.tile(np.append(0, reach), 2 if self.dependent else 1)
        self.tables: list[Table | None] = [None, *_split(tensors, "scales.frequencies", reach)]
        if self.dependent:
            self.tables += [None, *_split(tensors, DEPENDENT, reach)]


def _split(tensors: Mapping[str, NDArray[Any]], name: str, reach: Integers64) -> list[Table]:
    """Return the tables that follow one another in the tensor ``name``. Raises ModelError."""
    stored = take(tensors, name, np.int32)
    ends = np.cumsum(2 * reach + 2)
    if stored.shape != (int(ends[-1]),) or stored.min() < 1:
        raise ModelError("the tables of scales do not fit their lengths, or have a frequency below 1")
    parts = np.split(stored.astype(np.int64), ends[:-1])
    if any(int(part.sum()) != FREQUENCY_TOTAL for part in parts):
        raise ModelError("a table of a scale does not sum to 2**24")
    return [Table(part) for part in parts]
