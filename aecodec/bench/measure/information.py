"""The module tells where the bits of exact files go: what each pixel costs under the tables that it is coded by.

The costs are ideal code lengths, ``-log2(frequency / 2**24)``. A range coder comes within a few bytes of their sum
over a whole block, and tests hold it to that. Nothing is written here: the parts of a model that code are asked
which table each pixel would take.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aecodec.arrays import Floats64, Integers64, Tiles
from aecodec.codec.options import DEFAULT_EFFORT
from aecodec.coders.by_tiles import EFFORTS
from aecodec.coders.tiles import residual_coder
from aecodec.entropy import COST_UNIT_BITS
from aecodec.errors import ModelError
from aecodec.ink import InkCoder
from aecodec.ink.network import InkNetwork
from aecodec.ink.window import SCAN_SIZES
from aecodec.limits import FREQUENCY_BITS
from aecodec.lossless.residual import contexts_and_symbols
from aecodec.scans import Scan, recover
from aecodec.zoo import Model


def find_scans(tiles: Tiles, effort: int = DEFAULT_EFFORT) -> list[Scan | None]:
    """Return the scans of ``tiles`` uint8 ``[n, h, w]`` that an exact file of ``effort`` (0 to 9) would hold."""
    return recover(tiles, EFFORTS[effort].beam, EFFORTS[effort].largest)


def ink_bits(model: Model, tiles: Tiles, effort: int = DEFAULT_EFFORT) -> list[Floats64 | None]:
    """Return the bits of each pixel of each tile's bilevel scan, as block method 5 codes it.

    Args:
        model: one with a network of ink, as ``mnist-exact`` is.
        tiles: uint8 ``[n, h, w]`` of the model's native size.
        effort: of the search for scans, 0 to 9.

    Returns:
        For each tile float64 ``[size, size]``, in bits, or None if no scan was found.

    Raises:
        ModelError: the model has no network of ink.

    """
    return scan_bits(model, find_scans(tiles, effort))


def scan_bits(model: Model, scans: Sequence[Scan | None]) -> list[Floats64 | None]:
    """Return :func:`ink_bits` of scans that are known."""
    network = _ink_coder(model).best
    if not isinstance(network, InkNetwork):
        raise ModelError(f"model {model.id} has no network of ink; name one that has, as mnist-exact")
    known = [scan.bits for scan in scans if scan is not None]
    costs = _bits(network.tables)
    found = iter([costs[entries, bits] for entries, bits in zip(network.entries(known), known, strict=True)])
    return [None if scan is None else next(found) for scan in scans]


def size_bits(model: Model, scans: Sequence[Scan | None]) -> Floats64:
    """Return the bits of each scan's size, or of there being none, float64 ``[n]``; raises ModelError without ink
    coder.
    """
    symbols = [0 if scan is None else len(scan.bits) - SCAN_SIZES[0] + 1 for scan in scans]
    found: Floats64 = _bits(_ink_coder(model).sizes.table)[0, symbols]
    return found


def residual_bits(model: Model, tiles: Tiles) -> Floats64:
    """Return the bits of each pixel over the lossy base, as block method 3 codes it.

    Args:
        model: one with a residual coder, as ``mnist-784`` is.
        tiles: uint8 ``[n, h, w]`` of the model's native size.

    Returns:
        float64 ``[n, h, w]``, in bits. The base's own symbols come on top: :func:`latent_bits`.

    Raises:
        ModelError: the model has no residual coder.

    """
    coder, networks = residual_coder(model), model.tiles.networks
    contexts, symbols = contexts_and_symbols(tiles, networks.synthesise(networks.analyse(tiles)))
    found: Floats64 = _bits(coder.tables)[contexts, symbols].reshape(tiles.shape)
    return found


def latent_bits(model: Model, tiles: Tiles) -> Floats64:
    """Return the bits of the symbols of each tile's base in an exact file, which are not searched: float64 ``[n]``."""
    networks = model.tiles.networks
    costs = networks.prior.costs(networks.analyse(tiles))
    found: Floats64 = costs.sum(axis=1) / float(1 << COST_UNIT_BITS)
    return found


def _bits(tables: Integers64) -> Floats64:
    """Return what each entry of frequency ``tables`` costs."""
    costs: Floats64 = FREQUENCY_BITS - np.log2(tables.astype(np.float64))
    return costs


def _ink_coder(model: Model) -> InkCoder:
    if model.ink is None:
        raise ModelError(f"model {model.id} knows no scans; name one that does, as mnist-exact")
    return model.ink
