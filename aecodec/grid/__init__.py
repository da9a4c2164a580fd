"""A grid of latents: convolutional transforms of whole pictures, hyperprior and context, in exact integers."""

from aecodec.grid.differences import with_differences
from aecodec.grid.model import Coded, GridModel, grid_size
from aecodec.grid.nearest import resembles
from aecodec.grid.references import shown
from aecodec.grid.search import refined, slope_of
from aecodec.grid.transforms import POSTFILTER

__all__ = [
    "POSTFILTER",
    "Coded",
    "GridModel",
    "grid_size",
    "refined",
    "resembles",
    "shown",
    "slope_of",
    "with_differences",
]
