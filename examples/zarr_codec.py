"""zarr keeps pictures as .aec chunks: ``python examples/zarr_codec.py [FOLDER]``; needs ``aecodec[zarr]``."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import zarr
from PIL import Image

from aecodec.numcodecs import Aec
from aecodec.zarr import AecCodec


def main(folder: Path) -> None:
    """Write arrays into ``folder``, and read them; who only reads needs no import of aecodec."""
    landscape = np.asarray(Image.open(Path(__file__).with_name("landscape.png")).convert("RGB"))

    exact = zarr.create_array(
        folder / "exact.zarr",
        data=landscape,  # [320, 480, 3]
        chunks=(80, 80, 3),  # a part is read without the others
        shards=(320, 480, 3),  # and all are one file
        serializer=AecCodec(effort=0),  # the quick way; it needs no model
        compressors=None,
    )
    again = zarr.open_array(folder / "exact.zarr", mode="r")
    print("exact:", bool((again[:] == landscape).all()), exact.nbytes, "samples in", exact.nbytes_stored(), "bytes")

    lossy = zarr.create_array(
        folder / "lossy.zarr", data=landscape, chunks=(320, 480, 3), serializer=AecCodec(quality=60), compressors=None
    )
    print("lossy:", lossy.nbytes_stored(), "bytes; configured as", lossy.metadata.codecs[0].to_dict())

    old = zarr.create_array(
        folder / "old.zarr", data=landscape, chunks=(160, 160, 3), compressors=Aec(effort=0), zarr_format=2
    )
    print("format 2:", bool((old[:] == landscape).all()), old.nbytes_stored(), "bytes")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with TemporaryDirectory() as name:
            main(Path(name))
