"""How the parts compose: pictures as arrays to ``.aec`` bytes, and back. No files."""

from aecodec.late import late

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from aecodec.codec.api import compress, compress_all, decompress, exact_size
    from aecodec.codec.decode import Decoder
    from aecodec.codec.distortion import mse, psnr, visible_mse
    from aecodec.codec.encoded import Encoded
    from aecodec.codec.inspection import Info, inspect
    from aecodec.codec.options import Options
    from aecodec.codec.reader import Reader, open
else:
    __getattr__ = late(
        __name__,
        {
            ".api": ("compress", "compress_all", "decompress", "exact_size"),
            ".decode": ("Decoder",),
            ".distortion": ("mse", "psnr", "visible_mse"),
            ".encoded": ("Encoded",),
            ".inspection": ("Info", "inspect"),
            ".options": ("Options",),
            ".reader": ("Reader", "open"),
        },
    )

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
