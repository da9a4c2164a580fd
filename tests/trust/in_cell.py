"""What runs in a cell: an order as JSON on standard input, SHA-256 of files and pixels as JSON on standard output."""

from __future__ import annotations

import ctypes
import hashlib
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.codec import Decoder, Options, compress_all
from aecodec.zoo import Zoo
from tests.trust.batches import set_batch, use_workers

VECTORS = Path(__file__).resolve().parents[2] / "formats" / "vectors"


def digest(pictures: list[NDArray[np.uint8]]) -> str:
    """SHA-256 over shapes and pixels."""
    found = hashlib.sha256()
    for picture in pictures:
        found.update(f"{picture.shape}".encode() + picture.tobytes())
    return found.hexdigest()


def work(pictures: NDArray[np.uint8], order: dict[str, Any], jobs: int, zoo: Zoo) -> dict[str, str]:
    """Compress and decompress; the pictures that come back are compared where the file is exact."""
    options = Options(**order["options"], jobs=jobs)
    given = list(pictures[: order["count"]])
    batches = [[each] for each in given] if order.get("alone") else [given]
    files = [compress_all(batch, options, zoo, many=not order.get("alone")).data for batch in batches]
    back = [picture for file in files for picture in Decoder(file, zoo)]
    if options.lossless and not all(map(np.array_equal, given, back)):
        raise AssertionError(f"not the same pictures: {order}")
    if options.progressive:
        back += [picture for file in files for picture in Decoder(file, zoo, base=True)]
    whole = hashlib.sha256(b"".join(len(file).to_bytes(8, "big") + file for file in files))
    return {"file": whole.hexdigest(), "pixels": digest(back)}


def golden(every: int) -> Iterator[tuple[str, bool]]:
    """Each ``every``-th committed file, and whether it decodes to the pixels that the manifest names."""
    zoo = Zoo([VECTORS / "models"])
    valid = json.loads((VECTORS / "manifest.json").read_text("utf-8"))["valid"]
    for name, entry in list(valid.items())[::every]:
        found = list(Decoder((VECTORS / "valid" / f"{name}.aec").read_bytes(), zoo))
        pixels = hashlib.sha256(b"".join(picture.tobytes() for picture in found)).hexdigest()
        yield name, pixels == entry["pixels_sha256"]


def blas() -> tuple[Any, str, str] | None:
    """The OpenBLAS that NumPy has loaded, and how its functions' names begin and end."""
    try:
        lines = Path("/proc/self/maps").read_text("utf-8").splitlines()
    except OSError:
        return None
    for path in sorted({line.split()[-1] for line in lines if "openblas" in line and "/numpy" in line}):
        library = ctypes.CDLL(path)
        for begin, end in (("scipy_openblas_", "64_"), ("openblas_", "64_"), ("openblas_", "")):
            if hasattr(library, f"{begin}get_corename{end}"):
                return library, begin, end
    return None


def set_threads(count: int) -> dict[str, Any]:
    """Ask BLAS for so many, even more than there are cores; what it then is."""
    found = blas()
    if found is None:
        return {}
    library, begin, end = found
    getattr(library, f"{begin}set_num_threads{end}")(count)
    name = getattr(library, f"{begin}get_corename{end}")
    name.restype = ctypes.c_char_p
    threads = getattr(library, f"{begin}get_num_threads{end}")()
    return {"core": name().decode(), "threads": threads}


def main() -> None:
    order = json.load(sys.stdin)
    if order["torch"]:
        __import__("torch").set_num_threads(order["threads"])
    about = {"numpy": np.__version__, "zlib": zlib.ZLIB_RUNTIME_VERSION, **set_threads(order["threads"])}
    if order["jobs"] > 1:
        use_workers()
    if order["batch"]:
        set_batch(order["batch"])
    pictures, zoo = np.load(order["pictures"]), Zoo()
    works = {name: work(pictures, each, order["jobs"], zoo) for name, each in order["works"].items()}
    print(json.dumps({"about": about, "works": works, "golden": dict(golden(order["golden"]))}))


if __name__ == "__main__":
    main()
