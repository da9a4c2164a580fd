"""A grid of latents: convolutional transforms of whole pictures, hyperprior and context, in exact integers."""

from aecodec.grid.model import GridModel, grid_size
from aecodec.grid.search import refined
from aecodec.grid.transforms import POSTFILTER

__all__ = ["POSTFILTER", "GridModel", "grid_size", "refined"]
