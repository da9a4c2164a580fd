"""An invented report and invented records of growth, for trying figures. No figure in it was measured."""

from __future__ import annotations

import math
from collections.abc import Iterator

from aecodec.bench.records.album import AlbumReport, AlbumRow, Shot
from aecodec.bench.records.costs import Cost, Growth
from aecodec.bench.records.rows import Form, Report, Row

ABOUT = {"dataset": "mnist", "split": "test", "note": "invented"}
# latent_dim: bytes in a container, bytes alone, MSE
OWN = {
    8: (2.65, 14.9, 0.016716),
    16: (4.59, 16.8, 0.008252),
    32: (8.61, 20.8, 0.003863),
    64: (13.16, 25.1, 0.001921),
    128: (23.23, 35.0, 0.000986),
    256: (30.72, 42.5, 0.000775),
    784: (32.54, 44.3, 0.000664),
}
# codec: bytes around nothing alone, factor in one file, bytes where MSE is 0.01
PEERS = {
    "JPEG": (320.0, 90.0, "mosaic"),
    "JPEG 2000": (180.0, 80.0, "mosaic"),
    "WebP": (90.0, 40.0, "mosaic"),
    "AVIF": (260.0, 22.0, "mosaic"),
    "JPEG XL": (80.0, 30.0, "mosaic"),
}
EXACT = {
    ("PNG", ""): (274.0, 220.0, "mosaic"),
    ("WebP", "lossless"): (206.0, 170.0, "mosaic"),
    ("JPEG XL", "lossless"): (205.0, 150.0, "mosaic"),
    ("JPEG 2000", "lossless"): (390.0, 310.0, "mosaic"),
    ("AVIF", "lossless"): (480.0, 290.0, "mosaic"),
    ("zlib", "9"): (192.0, 160.0, "stream"),
    ("bz2", "9"): (243.0, 139.0, "stream"),
    ("xz", "9e"): (232.0, 143.0, "stream"),
    ("zstd", "19"): (190.0, 149.0, "stream"),
    ("zstd", "19, dictionary"): (151.0, 149.0, "stream"),
    ("brotli", "11"): (180.0, 133.0, "stream"),
}


def form(name: str, size: float, mse: float, pictures: int = 10_000, speed: float = 100.0) -> Form:
    psnr = None if mse == 0 else -10 * math.log10(mse)
    return Form(name, pictures, size, size / 98, mse, psnr, 1 - mse, speed, 40 * speed, 5, pictures, 0, 120.0, 110.0)


def made_report(own: dict[int, tuple[float, float, float]] | None = None) -> Report:
    """Own rows, five lossy peers with ladders of five, and eleven lossless ones."""
    rows = []
    for dim, (bulk, single, mse) in (own or OWN).items():
        forms = {"single": form("single files", single, mse, 1000), "bulk": form("container", bulk, mse)}
        rows.append(Row("aecodec", f"latent_dim {dim}", False, **forms, latent_dim=dim, effort=3, quality=100.0))
    for setting, bulk, single in (
        ("lossless", 28.8, 40.1),
        ("lossless, progressive", 30.85, 54.5),
        ("lossless, latent_dim 784", 137.52, 142.8),
    ):
        forms = {"single": form("single files", single, 0, 1000), "bulk": form("container", bulk, 0)}
        rows.append(Row("aecodec", setting, True, **forms, effort=3))
    for codec, (head, half, way) in PEERS.items():
        for step in range(5):
            mse = 0.03 / 3**step
            size = half * (0.01 / mse) ** 0.45
            forms = {
                "single": form("single files", head + size * 1.5, mse, 1000),
                "bulk": form(way, size, mse),
            }
            rows.append(Row(codec, f"quality {20 * (step + 1)}", False, **forms, quality=20.0 * (step + 1)))
    for (codec, setting), (single, bulk, way) in EXACT.items():
        forms = {"single": form("single files", single, 0, 1000), "bulk": form(way, bulk, 0)}
        rows.append(Row(codec, setting, True, **forms))
    rows.append(Row("JPEG-LS", "", True, missing="no encoder here"))
    return Report(ABOUT, tuple(rows))


def made_efforts() -> Report:
    """Rows of latent_dim 64 and lossless at six efforts."""
    rows = []
    for effort in range(6):
        mse, speed = 0.0017 + 0.0013 / (1 + effort), 1500.0 / 3**effort
        bulk = form("container", 12.7 + 0.08 * effort, mse, 1000, speed)
        rows.append(Row("aecodec", "latent_dim 64", False, None, bulk, 64, effort, 100.0))
        bulk = form("container", 28.2 + 10.6 * (effort == 0) + 0.4 / (1 + effort), 0, 1000, 550 / (1 + effort))
        rows.append(Row("aecodec", "lossless", True, None, bulk, None, effort))
    return Report(ABOUT, tuple(rows))


def made_qualities(dims: tuple[int, ...] = (8, 16, 32, 64, 128, 256, 784)) -> Report:
    """Each model along six qualities."""
    rows = []
    for dim in dims:
        bulk, _, mse = OWN[dim]
        for level in (100, 85, 70, 55, 40, 25, 10):
            share = 2 ** ((level - 100) / 32)
            shape = form("container", bulk * share, mse / share**1.6, 200)
            rows.append(Row("aecodec", f"latent_dim {dim}, quality {level}", False, None, shape, dim, 2, level))
    return Report(ABOUT, tuple(rows))


def made_growth() -> Growth:
    """Two ways over six numbers of pictures."""
    rows = []
    for way, head, each, speed in (("latent_dim 32", 12, 8.6, 90), ("lossless", 12, 28.8, 240)):
        for pictures in (1, 10, 100, 1_000, 10_000, 70_000):
            seconds = 0.02 + pictures / speed
            rows.append(
                Cost(
                    way,
                    pictures,
                    head + each * pictures,
                    seconds,
                    seconds / 20,
                    90 + pictures / 150,
                    80 + pictures / 300,
                )
            )
    return Growth(ABOUT, tuple(rows))


def made_album() -> AlbumReport:
    """Two pictures: a peer, aecodec with a tenth fewer bits at the same PSNR, and a row without figures."""
    absent = AlbumRow("JPEG XL", "quality 9", False, "JPEG XL", missing="no")
    rows = (*_album_rows("AVIF", 1.0), *_album_rows("aecodec", 0.9, 0), absent)
    about = {"dataset": "kodak", "split": "all", "pictures": 2, "megapixels": 0.16, "date": "today", "cores": 1}
    return AlbumReport(about, rows)


def _album_rows(codec: str, factor: float, effort: int | None = None) -> Iterator[AlbumRow]:
    curve = codec if effort is None else f"{codec} effort {effort}"
    for psnr in (26.0, 29.0, 32.0, 35.0, 38.0, 41.0):
        bpp = factor * 2 ** ((psnr - 32) / 4)
        shots = (_shot("a.png", bpp, psnr), _shot("b.png", 3 * bpp, psnr - 1))
        yield AlbumRow(codec, f"quality {psnr}", False, curve, shots, effort=effort, quality=psnr)


def _shot(name: str, bpp: float, psnr: float) -> Shot:
    """Of 80,000 pixels."""
    size, mse = round(bpp * 10_000), 10 ** (-psnr / 10)
    return Shot(name, 800, 100, 3, size, mse, psnr, 1 - 5 * mse, 1 - 3 * mse, None, 1.0, 0.5, 1, False)
