"""Pictures exactly, sample by sample: predictions that adapt while coding, and a small network that says how sure."""

from aecodec.pixels.coder import SYMBOLS, Pixels, decode_pixels, encode_pixels
from aecodec.pixels.network import Networks

__all__ = ["SYMBOLS", "Networks", "Pixels", "decode_pixels", "encode_pixels"]
