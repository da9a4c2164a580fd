"""The names of arrays in signatures: numbers by their type, and what a codec works on with its shape.

A name means one type of numbers everywhere, and no other module makes such a name. Where an array of numbers has a
shape to state, the docstring of the function states it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

# --- numbers, of any shape ------------------------------------------------------
Floats32 = NDArray[np.float32]  # what exact layers compute in: integers below 2**24
Floats64 = NDArray[np.float64]  # measures, sums and gradients: integers below 2**53 where they are exact
Floats = Floats32 | Floats64  # either: a layer is proved to need one or the other
Integers16 = NDArray[np.int16]  # samples to train on, as they are kept in files
Integers32 = NDArray[np.int32]  # small counts, and differences of levels
Integers64 = NDArray[np.int64]  # costs, contexts, frequencies and sums
Unsigned16 = NDArray[np.uint16]
Unsigned32 = NDArray[np.uint32]  # hashes and bit patterns, which wrap around
Indices = NDArray[np.intp]  # where entries lie in another array
Integers = NDArray[np.integer]  # integers of any type

# --- pictures ---------------------------------------------------------------------
Sample = np.uint8 | np.uint16  # of 8 bits, or of 16: a deep one
Picture = NDArray[Sample]  # [H, W] or [H, W, channels]; alpha is the last channel
Shallow = NDArray[np.uint8]  # the same of 8 bits alone
Pictures = NDArray[np.uint8]  # [N, H, W] or [N, H, W, channels]: pictures of one size
DeepPicture = NDArray[np.uint16]  # the same of 16 bits alone
DeepPictures = NDArray[np.uint16]  # [N, H, W, channels]: deep pictures of one size
Colour = NDArray[Sample]  # [H, W, 1] or [H, W, 3]: the colour planes of a picture, without alpha
Plane = NDArray[Sample]  # [H, W]: one channel
Tiles = NDArray[np.uint8]  # [N, height, width]: the pieces of planes that a model of tiles codes
Bits = NDArray[np.uint8]  # [height, width], 0 or 1: a scan, 1 is ink
Pixels = NDArray[np.uint32]  # one number a pixel: red, green, blue and alpha, 8 bits each from the lowest

# --- what networks make of pictures ---------------------------------------------
Symbols = NDArray[np.int8]  # [N, latents]: the quantized latents of tiles
Latents = NDArray[np.int32]  # [H / 16, W / 16, channels], in steps of the networks' grid
Classes = NDArray[np.uint8]  # of the scale of each latent

# --- curves -----------------------------------------------------------------------
Points = NDArray[np.float64]  # [n, 2]: of a curve or an embedding

# --- tensors by name --------------------------------------------------------------
Tensors = Mapping[str, NDArray[Any]]  # of a model file, to be read
Arrays = dict[str, NDArray[Any]]  # of a model file, while it is made
