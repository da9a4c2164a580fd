"""Where the bits of exact files go: what each pixel costs under the tables that it is coded by.

The costs are ideal code lengths, ``-log2(frequency / 2**24)``. A range coder comes within a few bytes of their sum
over a whole block, and tests hold it to that. Nothing is written here: the parts of a model that code are asked
which table each pixel would take.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aecodec.codec.options import DEFAULT_EFFORT
from aecodec.coders.tiles import EFFORTS, residual_coder
from aecodec.entropy import COST_UNIT_BITS
from aecodec.errors import ModelError
from aecodec.ink import InkCoder
from aecodec.ink.network import InkNetwork
from aecodec.ink.window import SIDES
from aecodec.limits import FREQUENCY_BITS
from aecodec.lossless.residual import contexts_and_symbols
from aecodec.scans import Origin, recover
from aecodec.zoo import Model

Bits = NDArray[np.float64]
Tiles = NDArray[np.uint8]


def find_origins(tiles: Tiles, effort: int = DEFAULT_EFFORT) -> list[Origin | None]:
    """The origins of ``tiles`` uint8 ``[n, h, w]`` that an exact file of ``effort`` (0 to 9) would hold."""
    return recover(tiles, EFFORTS[effort].beam, EFFORTS[effort].largest)


def ink_bits(model: Model, tiles: Tiles, effort: int = DEFAULT_EFFORT) -> list[Bits | None]:
    """Bits of each pixel of each tile's bilevel origin, as block method 5 codes it.

    Args:
        model: one with a network of ink, as ``mnist-exact`` is.
        tiles: uint8 ``[n, h, w]`` of the model's native size.
        effort: of the search for origins, 0 to 9.

    Returns:
        For each tile float64 ``[side, side]``, in bits; None where no origin was found.

    Raises:
        ModelError: the model has no network of ink.

    """
    return scan_bits(model, find_origins(tiles, effort))


def scan_bits(model: Model, origins: Sequence[Origin | None]) -> list[Bits | None]:
    """:func:`ink_bits` of origins that are known."""
    network = _ink_coder(model).best
    if not isinstance(network, InkNetwork):
        raise ModelError(f"model {model.id} has no network of ink; name one that has, as mnist-exact")
    scans = [origin.bits for origin in origins if origin is not None]
    costs = _bits(network.tables)
    found = iter([costs[entries, scan] for entries, scan in zip(network.entries(scans), scans, strict=True)])
    return [None if origin is None else next(found) for origin in origins]


def side_bits(model: Model, origins: Sequence[Origin | None]) -> Bits:
    """Bits of each origin's side, or of there being none, float64 ``[n]``; raises ModelError without ink coder."""
    symbols = [0 if origin is None else len(origin.bits) - SIDES[0] + 1 for origin in origins]
    found: Bits = _bits(_ink_coder(model).sides.table)[0, symbols]
    return found


def residual_bits(model: Model, tiles: Tiles) -> Bits:
    """Bits of each pixel over the lossy base, as block method 3 codes it.

    Args:
        model: one with a residual coder, as ``mnist-784`` is.
        tiles: uint8 ``[n, h, w]`` of the model's native size.

    Returns:
        float64 ``[n, h, w]``, in bits. The base's own symbols come on top: :func:`latent_bits`.

    Raises:
        ModelError: the model has no residual coder.

    """
    coder = residual_coder(model)
    contexts, symbols = contexts_and_symbols(tiles, model.lossy.synthesise(model.lossy.analyse(tiles)))
    found: Bits = _bits(coder.tables)[contexts, symbols].reshape(tiles.shape)
    return found


def latent_bits(model: Model, tiles: Tiles) -> Bits:
    """Bits of the symbols of each tile's base in an exact file, which are not searched: float64 ``[n]``."""
    costs = model.lossy.prior.costs(model.lossy.analyse(tiles))
    found: Bits = costs.sum(axis=1) / float(1 << COST_UNIT_BITS)
    return found


def _bits(tables: NDArray[np.int64]) -> Bits:
    """What each entry of frequency ``tables`` costs."""
    costs: Bits = FREQUENCY_BITS - np.log2(tables.astype(np.float64))
    return costs


def _ink_coder(model: Model) -> InkCoder:
    if model.ink is None:
        raise ModelError(f"model {model.id} knows no origins; name one that does, as mnist-exact")
    return model.ink
