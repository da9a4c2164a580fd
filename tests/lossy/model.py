"""The models that the tests of lossy tiles share, and random symbols."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.entropy import StreamReader
from aecodec.limits import MAX_STEP
from aecodec.lossy import Prior, decode_symbols
from aecodec.zoo import load_model
from tests.made import made_model, made_tensors, widen

Symbols = NDArray[np.int8]
MODEL = load_model(made_model())
LOSSY = MODEL.tiles.networks
PRIOR = LOSSY.prior


def wide_tensors() -> tuple[dict[str, Any], dict[str, Any]]:
    """Of a model of 4 latents whose tables have 17 to 256 entries."""
    tensors, description = made_tensors(seed=6, latents=4, units=(2, 3))
    widen(tensors, units=3)
    return tensors, description


WIDE = Prior(wide_tensors()[0], (2, 3))
STEPS = range(1, MAX_STEP + 1)


def random_symbols(seed: int, count: int, largest: int, prior: Prior = PRIOR) -> Symbols:
    rng = np.random.default_rng(seed)
    return rng.integers(-largest, largest + 1, (count, prior.latents)).astype(np.int8)


def plain_nearest(value: int, step: int) -> int:
    """Of the multiples within the range the nearest, of two the larger."""
    multiples = [each for each in range(-127, 128) if each % step == 0]
    return max(multiples, key=lambda each: (-abs(each - value), each))


def multiples(seed: int, count: int, largest: int, prior: Prior) -> Symbols:
    """Random symbols of the prior's step, up to ``largest``."""
    rng = np.random.default_rng(seed)
    most = largest // prior.step
    return (rng.integers(-most, most + 1, (count, prior.latents)) * prior.step).astype(np.int8)


def true_bits(prior: Prior, symbols: Symbols) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Bits of each symbol (an escape's without its excess), and the frequency it was coded with."""
    context = prior.start(len(symbols))
    chosen = np.empty(symbols.shape, np.int64)
    for latent in range(prior.latents):
        low, high = int(prior.low[latent]), int(prior.high[latent])
        value = symbols[:, latent].astype(np.int64)
        place = np.where((value < low) | (value > high), prior.size(latent) - 1, (value - low) // prior.step)
        chosen[:, latent] = prior.table(context, latent)[np.arange(len(symbols)), place]
        prior.advance(context, latent, value)
    return 24 - np.log2(chosen), chosen


def decoded(prior: Prior, payload: bytes, count: int) -> Symbols:
    reader = StreamReader(payload)
    symbols = decode_symbols(prior, count, reader)
    reader.finish()
    return symbols
