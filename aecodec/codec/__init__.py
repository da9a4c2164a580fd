"""How the parts compose: pictures as arrays to ``.aec`` bytes, and back. No files."""

from aecodec.codec.api import compress, compress_all, decompress, exact_size
from aecodec.codec.decode import Decoder
from aecodec.codec.distortion import mse, psnr, visible_mse
from aecodec.codec.encoded import Encoded
from aecodec.codec.inspect import Info, inspect
from aecodec.codec.options import Options
from aecodec.codec.reader import Reader, open

__all__ = [
    "Decoder",
    "Encoded",
    "Info",
    "Options",
    "Reader",
    "compress",
    "compress_all",
    "decompress",
    "exact_size",
    "inspect",
    "mse",
    "open",
    "psnr",
    "visible_mse",
]
