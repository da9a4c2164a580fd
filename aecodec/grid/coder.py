"""The symbols of a pass in a range-coded stream, class by class. All symbols of a class have one table.

Within a class symbols go grid by grid, in a grid place by place, in a place channel by channel. A symbol outside its
table is an escape. The sides and excesses of a class's escapes follow behind the class, in order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Classes, Indices, Integers64
from aecodec.entropy import StreamReader, StreamWriter, Table
from aecodec.errors import FormatError
from aecodec.grid.gains import quantized
from aecodec.grid.scales import CLASSES, Scales
from aecodec.limits import GRID_SYMBOL_MAX

if TYPE_CHECKING:
    from aecodec.grid.prior import Pass

_EXCESS_BITS = GRID_SYMBOL_MAX.bit_length()


class Independent:
    """How latents are coded whose symbols do not depend on one another: each class has one table."""

    def __init__(self, scales: Scales) -> None:
        self._scales = scales

    def nearest(
        self, targets: Integers64, part: Pass, means: Integers64, classes: Classes, steps: Integers64
    ) -> tuple[Integers64, Classes]:
        """Return the symbols of a pass that are nearest to ``targets``, and the numbers of their tables.

        All are ``[places, channels]``, steps ``[channels]``.
        """
        return rounded(targets, means, classes, steps), classes

    def encode(
        self, symbols: NDArray[np.signedinteger[Any]], tables: Classes, tiles: int, writer: StreamWriter
    ) -> None:
        """Code the ``symbols`` of a pass, given the numbers of their ``tables``, both ``[..., places, channels]``."""
        encode_pass(self._scales, symbols, tables, writer)

    def decode(self, classes: Classes, tiles: int, reader: StreamReader) -> tuple[Integers64, Classes]:
        """Return the symbols of a pass, and the numbers of their tables, which are the ``classes``.

        Raises FormatError for a symbol out of range.
        """
        return decode_pass(self._scales, classes, reader), classes

    def halves(self, symbols: Integers64, tables: Classes) -> Integers64:
        """Return by how many half steps each latent is away from its mean."""
        return 2 * symbols


def rounded(values: Integers64, means: Integers64, classes: Classes, steps: Integers64) -> Integers64:
    """Return the symbols nearest to ``values``, and 0 in class 0, which is not coded."""
    symbols = quantized(values, means, steps, GRID_SYMBOL_MAX)
    symbols[classes == 0] = 0
    return symbols


def encode_pass(
    scales: Scales, symbols: NDArray[np.signedinteger[Any]], classes: Classes, writer: StreamWriter
) -> None:
    """Code ``symbols``, given their ``classes``, both ``[..., places, channels]``. In class 0 symbols must be 0."""
    flat = symbols.ravel().astype(np.int64)
    for reach, table, places in _by_class(scales, classes):
        value = flat[places]
        writer.encode_alike(entries_of(value, reach), table)
        write_escapes(value, reach, writer)


def decode_pass(scales: Scales, classes: Classes, reader: StreamReader) -> Integers64:
    """Return the symbols, int64, shaped like ``classes``. Raises FormatError for a symbol out of range."""
    flat = np.zeros(classes.size, np.int64)
    for reach, table, places in _by_class(scales, classes):
        value = reader.decode_alike(len(places), table).astype(np.int64) - reach
        read_escapes(value, reach, reader)
        flat[places] = value
    return flat.reshape(classes.shape)


def entries_of(symbols: Integers64, reach: int) -> Integers64:
    """Return the entries of ``symbols`` in a table; the last one is for those beyond its ``reach``."""
    found: Integers64 = np.where(np.abs(symbols) > reach, 2 * reach + 1, symbols + reach)
    return found


def write_escapes(symbols: Integers64, reach: int, writer: StreamWriter) -> None:
    """Code the sides and excesses of those ``symbols`` that lie beyond the ``reach`` of their table."""
    for each in symbols[np.abs(symbols) > reach].tolist():
        writer.encode_excess(each < 0, abs(each) - reach)


def read_escapes(symbols: Integers64, reach: int, reader: StreamReader) -> None:
    """Put symbols that were escapes, which are beyond ``reach``, into ``symbols``. Raises FormatError."""
    for at in np.flatnonzero(symbols > reach):
        below, excess = reader.decode_excess(_EXCESS_BITS)
        if reach + excess > GRID_SYMBOL_MAX:
            raise FormatError(f"a symbol lies outside -{GRID_SYMBOL_MAX}..{GRID_SYMBOL_MAX}; the payload is damaged")
        symbols[at] = -reach - excess if below else reach + excess


def _by_class(scales: Scales, classes: Classes) -> Iterator[tuple[int, Table, Indices]]:
    """Yield reach, table and places of each class that occurs, in order, without class 0."""
    order = np.argsort(classes, axis=None, kind="stable")
    ends = np.cumsum(np.bincount(classes.ravel(), minlength=CLASSES))
    for number in range(1, CLASSES):
        table = scales.tables[number]
        if ends[number] > ends[number - 1] and table is not None:
            yield int(scales.reach[number]), table, order[ends[number - 1] : ends[number]]
