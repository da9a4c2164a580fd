"""The symbols of a pass in a range-coded stream, class by class. All symbols of a class have one table.

Within a class symbols go grid by grid, in a grid place by place, in a place channel by channel. A symbol outside its
table is an escape. The sides and excesses of a class's escapes follow behind the class, in order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Classes, Indices, Integers64
from aecodec.entropy import StreamReader, StreamWriter, Table
from aecodec.errors import FormatError
from aecodec.grid.scales import CLASSES, Scales
from aecodec.limits import GRID_SYMBOL_MAX

_EXCESS_BITS = GRID_SYMBOL_MAX.bit_length()


def encode_pass(
    scales: Scales, symbols: NDArray[np.signedinteger[Any]], classes: Classes, writer: StreamWriter
) -> None:
    """Code ``symbols``, given their ``classes``, both ``[..., places, channels]``. In class 0 symbols must be 0."""
    flat = symbols.ravel().astype(np.int64)
    for reach, table, places in _by_class(scales, classes):
        value = flat[places]
        escaped = np.abs(value) > reach
        writer.encode_alike(np.where(escaped, 2 * reach + 1, value + reach), table)
        for each in value[escaped].tolist():
            writer.encode_excess(each < 0, abs(each) - reach)


def decode_pass(scales: Scales, classes: Classes, reader: StreamReader) -> Integers64:
    """Return the symbols, int64, shaped like ``classes``. Raises FormatError for a symbol out of range."""
    flat = np.zeros(classes.size, np.int64)
    for reach, table, places in _by_class(scales, classes):
        value = reader.decode_alike(len(places), table).astype(np.int64) - reach
        for at in np.flatnonzero(value > reach):
            below, excess = reader.decode_excess(_EXCESS_BITS)
            if reach + excess > GRID_SYMBOL_MAX:
                raise FormatError(
                    f"a symbol lies outside -{GRID_SYMBOL_MAX}..{GRID_SYMBOL_MAX}; the payload is damaged"
                )
            value[at] = -reach - excess if below else reach + excess
        flat[places] = value
    return flat.reshape(classes.shape)


def _by_class(scales: Scales, classes: Classes) -> Iterator[tuple[int, Table, Indices]]:
    """Yield reach, table and places of each class that occurs, in order, without class 0."""
    order = np.argsort(classes, axis=None, kind="stable")
    ends = np.cumsum(np.bincount(classes.ravel(), minlength=CLASSES))
    for number in range(1, CLASSES):
        table = scales.tables[number]
        if ends[number] > ends[number - 1] and table is not None:
            yield int(scales.reach[number]), table, order[ends[number - 1] : ends[number]]
