"""Where a run begins: networks that are principal components, frequency tables counted, a first lambda."""

from __future__ import annotations

import math

import torch

from aecodec.train.config import Settings
from aecodec.train.data import Pictures
from aecodec.train.networks import Autoencoder, Shape
from aecodec.train.prune import count_symbols, hard_symbols

MOST_IN_USE = 128  # latents that carry most of the rate of the largest models
SAMPLE = 20_000  # pictures whose components and symbols are counted


def new_model(settings: Settings, pictures: Pictures) -> Autoencoder:
    """Make networks that are untrained, on the CPU."""
    shape = Shape(
        *pictures.size,
        settings.latent_dim,
        analysis=settings.analysis,
        synthesis=settings.synthesis,
        radius=settings.radius,
    )
    return Autoencoder(shape)


def first_lambda(settings: Settings) -> float:
    """Say where lambda begins.

    N latents in use leave a distortion of n / (2 ln 2 lambda) by quantization. Begin where that is the share of the
    target which small models, limited by their transforms, and large ones come to.
    """
    in_use, share = _in_use(settings)
    return in_use / (2 * math.log(2) * settings.target * share)


def begin(model: Autoencoder, settings: Settings, pictures: Pictures) -> None:
    """Let ``model``, placed beside the pictures, be linear, with steps that fit :func:`first_lambda`."""
    in_use, share = _in_use(settings)
    step = math.sqrt(12 * math.prod(pictures.size) * settings.target * share / in_use)
    sample = pictures.training[:SAMPLE]
    model.prior.factorized = True
    model.begin_linear(sample.float() / 256, max(1.0, 1 / step))
    with torch.no_grad():
        model.prior.fit_tables(count_symbols(hard_symbols(model, sample), model.prior.radius))


def _in_use(settings: Settings) -> tuple[int, float]:
    in_use = min(settings.latent_dim, MOST_IN_USE)
    return in_use, min(0.9, max(0.06, settings.latent_dim / MOST_IN_USE))
