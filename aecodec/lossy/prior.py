"""The autoregressive prior in exact integers, and symbols coded under it.

It is a masked network of two hidden layers (Germain et al. 2015). Group *i* of the first layer sees symbols 0..i. Group
*j* of the second layer sees groups 0..j-1 of the first, and only this group feeds the logits of latent *j*. So decoding
computes each group once, as soon as its inputs are known. In all that is one forward pass.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats32, Indices, Integers, Integers64, Symbols
from aecodec.entropy import StreamReader, StreamWriter, bin_costs, frequencies, logit_costs
from aecodec.errors import FormatError, ModelError
from aecodec.exact.affine import Affine, scaled_affines
from aecodec.exact.tensors import take, whole
from aecodec.limits import ACTIVATION_MAX, MAX_LATENTS, MAX_PRIOR_UNITS, SYMBOL_MAX

LOGIT_MAX = 1 << 14  # in 1/256 bit, so 64 bits either way
MISSING = 1 << 16  # subtracted from the logit of an entry that does not exist, it is far below all others
_Heads = tuple[Indices, Affine, Floats32]  # latents; their heads; 0 where an entry exists, else -MISSING


class Prior:
    """The distribution of the symbols of one tile, latent by latent.

    ``low`` and ``high`` ``[latents]`` are the least and the largest symbol in each latent's frequency table. The last
    entry of a table is the escape. Symbols are multiples of ``step``; see :meth:`at_step`.
    """

    def __init__(self, tensors: Mapping[str, NDArray[Any]], units: Sequence[int]) -> None:
        """Build the prior; ``units`` are those of a group in each hidden layer.

        Raises ModelError for misshapen tensors or a broken bound.
        """
        self.low = take(tensors, "prior.low", np.int8)
        self.high = take(tensors, "prior.high", np.int8, self.low.shape)
        self.latents, self.step = len(self.low), 1
        self._finest, self._largest = self.low, self.high  # the bounds of the tables as they are stored
        entries = self.high.astype(np.int64) - self.low + 2
        if not 1 <= self.latents <= MAX_LATENTS or entries.min() < 2 or self.low.min() < -SYMBOL_MAX:
            raise ModelError("the prior's frequency tables have impossible bounds")
        first, second = (whole(n) for n in units)
        if not 1 <= min(first, second) <= max(first, second) <= MAX_PRIOR_UNITS // self.latents:
            raise ModelError(f"the prior has {first} and {second} units for each of {self.latents} latents")
        steps = range(self.latents)
        self._first = _blocks(tensors, "prior.0", [(first, i + 1) for i in steps], SYMBOL_MAX, (0, ACTIVATION_MAX))
        self._second = _blocks(
            tensors, "prior.1", [(second, i * first) for i in steps], ACTIVATION_MAX, (0, ACTIVATION_MAX)
        )
        self._head = _blocks(
            tensors, "prior.2", [(int(n), second) for n in entries], ACTIVATION_MAX, (-LOGIT_MAX, LOGIT_MAX)
        )
        self._units = first

    def at_step(self, step: int) -> Prior:
        """Return the same prior for symbols that are multiples of ``step``, 1 to ``MAX_STEP``.

        Each entry of a stored table goes to the nearest multiple, and to the larger of two that are equally near. A new
        entry's weight is the sum of those that go to it. The network gets the coarser symbols as its inputs.
        """
        if step == self.step:
            return self
        coarse = copy.copy(self)
        coarse.step = step
        coarse.low, coarse.high = (nearest(bound, step) for bound in (self._finest, self._largest))
        return coarse

    def size(self, latent: int) -> int:
        """Return the number of entries of the frequency table of ``latent``, escape included."""
        return (int(self.high[latent]) - int(self.low[latent])) // self.step + 2

    def start(self, count: int) -> Context:
        """Return the context of ``count`` tiles in lockstep, of which no symbol is known."""
        return Context(
            symbols=np.zeros((count, self.latents), np.float32),
            hidden=np.empty((count, self.latents * self._units), np.float32),
        )

    def table(self, context: Context, latent: int) -> Integers64:
        """Return the frequencies of ``latent``, given all latents before it, ``[tiles, entries]``."""
        known = context.hidden[:, : latent * self._units]
        logits = self._head[latent](self._second[latent](known))
        if self.step == 1:
            return frequencies(logits)
        values = np.arange(int(self._finest[latent]), int(self._largest[latent]) + 1)
        bins = nearest(values, self.step)
        starts = np.flatnonzero(np.append(True, bins[1:] != bins[:-1]))
        return frequencies(logits, np.append(starts, len(values)))

    def advance(self, context: Context, latent: int, symbols: Integers) -> None:
        """Add the symbols of ``latent``, ``[tiles]``, to the context."""
        context.symbols[:, latent] = symbols
        group = slice(latent * self._units, (latent + 1) * self._units)
        context.hidden[:, group] = self._first[latent](context.symbols[:, : latent + 1])

    def costs(self, symbols: Symbols) -> Integers64:
        """Return the bits of known ``symbols``, all latents in one pass, int64 ``[tiles, latents]`` in 1/4096 bit.

        They are close to what coding takes: within 0.003 bit for likely symbols. Escapes count without their excess.
        """
        return self.costs_around(symbols)[0]

    def costs_around(self, symbols: Symbols) -> tuple[Integers64, Integers64, Integers64]:
        """Return :meth:`costs` of ``symbols``; then what each would cost if it were a step lower, or a step higher."""
        first, second, heads = self._dense
        seen = self._units * (self.latents - 1)  # nothing sees the group of the last latent
        hidden = second(first(symbols.astype(np.float32))[:, :seen])
        groups = hidden.reshape(len(symbols), self.latents, -1).transpose(1, 0, 2)
        found = np.empty((self.latents, len(symbols), 3), np.int64)
        for latents, head, missing in heads:
            logits = np.floor(groups[latents] @ head.matrix + head.offset[:, None])
            np.clip(logits, head.low, head.high, out=logits)
            logits += missing
            value = symbols.T[latents].astype(np.int64)[..., None] + np.array([0, -self.step, self.step])
            found[latents] = self._costs_of(logits, latents, value)
        here, below, above = found.transpose(2, 1, 0)
        return here, below, above

    def _costs_of(self, logits: Floats32, latents: Indices, value: Integers64) -> Integers64:
        """Return the costs of symbols ``value`` ``[latents, n, m]`` under ``logits`` ``[latents, n, K]``."""
        finest, largest, low, high = (
            bound[latents].astype(np.int64)[:, None, None]
            for bound in (self._finest, self._largest, self.low, self.high)
        )
        escape = largest - finest + 1
        outside = (value < low) | (value > high)
        if self.step == 1:
            return logit_costs(logits, np.where(outside, escape, value - finest))
        begin = value - self.step // 2 - finest
        first = np.where(outside, escape, np.where(value == low, 0, begin))
        beyond = np.where(outside, escape + 1, np.where(value == high, escape, begin + self.step))
        return bin_costs(logits, first, beyond)

    @cached_property
    def _dense(self) -> tuple[Affine, Affine, list[_Heads]]:
        """The blocks of both hidden layers as whole matrices, and the heads in a few groups of like size."""
        sizes = np.array([len(block.offset) for block in self._head])
        kinds = np.array([(int(size) - 1).bit_length() for size in sizes])
        heads = [self._padded(np.flatnonzero(kinds == kind)) for kind in sorted(set(kinds.tolist()))]
        return _whole(self._first, self.latents), _whole(self._second, (self.latents - 1) * self._units), heads

    def _padded(self, latents: Indices) -> _Heads:
        blocks = [self._head[latent] for latent in latents]
        largest = max(len(block.offset) for block in blocks)
        matrix = np.zeros((len(blocks), len(blocks[0].matrix), largest), np.float32)
        offset = np.zeros((len(blocks), largest), np.float32)
        missing = np.full((len(blocks), 1, largest), -MISSING, np.float32)
        for number, block in enumerate(blocks):
            size = len(block.offset)
            matrix[number, :, :size], offset[number, :size] = block.matrix, block.offset
            missing[number, :, :size] = 0
        return latents, Affine(matrix, offset, -LOGIT_MAX, LOGIT_MAX), missing


def nearest(values: Integers, step: int) -> Integers64:
    """Return the multiples of ``step`` nearest to ``values``, within the range of symbols.

    Of two that are equally near it is the larger.
    """
    most = SYMBOL_MAX // step
    rounded: Integers64 = (np.asarray(values, np.int64) + step // 2) // step
    return rounded.clip(-most, most) * step


class Context:
    """What the prior knows of some tiles while they are coded.

    ``symbols`` are ``[tiles, latents]``, ``hidden`` is the first layer, ``[tiles, units]``; both are filled as they
    become known.
    """

    def __init__(self, symbols: Floats32, hidden: Floats32) -> None:
        self.symbols = symbols
        self.hidden = hidden


def _whole(blocks: list[Affine], inputs: int) -> Affine:
    """Join all blocks to one affine map. Weights of inputs that a block does not see are zero."""
    columns = [np.pad(b.matrix, ((0, inputs - len(b.matrix)), (0, 0))) for b in blocks]
    offset = np.concatenate([b.offset for b in blocks])
    return Affine(np.concatenate(columns, 1), offset, blocks[0].low, blocks[0].high)


def _blocks(
    tensors: Mapping[str, NDArray[Any]],
    name: str,
    shapes: list[tuple[int, int]],
    input_max: int,
    clip: tuple[int, int],
) -> list[Affine]:
    """Cut the packed tensors ``name`` into small affine maps, one for each latent."""
    outputs = sum(rows for rows, _ in shapes)
    weight = take(tensors, f"{name}.weight", np.int8, (sum(r * c for r, c in shapes),))
    bias = take(tensors, f"{name}.bias", np.int32, (outputs,))
    shift = take(tensors, f"{name}.shift", np.int8, (outputs,))
    return scaled_affines(weight, shapes, bias, shift, input_max=input_max, low=clip[0], high=clip[1])


def encode_symbols(prior: Prior, symbols: Symbols, writer: StreamWriter) -> None:
    """Code ``symbols``, int8 ``[tiles, latents]``, latent by latent.

    For each latent all tiles come in a row, then the excesses of those that escaped.
    """
    encode_symbols_apart(prior, symbols, [(slice(None), writer)])


def encode_symbols_apart(prior: Prior, symbols: Symbols, parts: Sequence[tuple[slice, StreamWriter]]) -> None:
    """Code the tiles of each part with the part's own writer, as :func:`encode_symbols` does; all go in lockstep."""
    context = prior.start(len(symbols))
    for latent in range(prior.latents):
        value = symbols[:, latent].astype(np.int32)
        low, high = int(prior.low[latent]), int(prior.high[latent])
        escaped = (value < low) | (value > high)
        place = np.where(escaped, prior.size(latent) - 1, (value - low) // prior.step)
        table, some_escaped = prior.table(context, latent), bool(escaped.any())
        for rows, writer in parts:
            writer.encode(place[rows], table[rows])
            for each in value[rows][escaped[rows]].tolist() if some_escaped else ():
                writer.encode_excess(each < low, (low - each if each < low else each - high) // prior.step)
        prior.advance(context, latent, value)


def decode_symbols(prior: Prior, count: int, reader: StreamReader) -> Symbols:
    """Return the symbols of ``count`` tiles, int8 ``[count, latents]``.

    Raises FormatError for a symbol outside -127..127.
    """
    return decode_symbols_apart(prior, [(slice(0, count), reader)])


def decode_symbols_apart(prior: Prior, parts: Sequence[tuple[slice, StreamReader]]) -> Symbols:
    """Return the symbols of all parts, int8 ``[tiles, latents]``; all go in lockstep.

    Parts are consecutive slices of tiles, each with its own reader. Raises FormatError for a symbol outside -127..127.
    """
    count = parts[-1][0].stop if parts else 0
    context = prior.start(count)
    for latent in range(prior.latents):
        low, high, escape = int(prior.low[latent]), int(prior.high[latent]), prior.size(latent) - 1
        table, value = prior.table(context, latent), np.empty(count, np.int32)
        for rows, reader in parts:
            place = reader.decode(table[rows])
            value[rows] = place * prior.step + low
            for tile in np.flatnonzero(place == escape):
                below, excess = reader.decode_excess()
                value[rows.start + tile] = low - excess * prior.step if below else high + excess * prior.step
        if np.abs(value).max(initial=0) > SYMBOL_MAX:
            raise FormatError(f"a symbol lies outside -{SYMBOL_MAX}..{SYMBOL_MAX}; the payload is damaged")
        prior.advance(context, latent, value)
    return context.symbols.astype(np.int8)
