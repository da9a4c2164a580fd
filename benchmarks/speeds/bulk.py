"""Many small pictures in one container: processor time of one core, from and to memory.

Each case is a process of its own. The best of several runs counts: whatever else a machine does only ever takes more.
A first run, which is not timed, loads models, and records the products with their weights. What these alone take,
into arrays that are there already, is the bound that NumPy's GEMM sets to any code around them. Speeds are also given
in pictures during one product of two float32 matrices of 1024 x 1024, so that machines can be compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

import aecodec
from aecodec.arrays import Pictures
from aecodec.bench.measure.apart import apart
from aecodec.bench.measure.products import fixed, recorded, repeated
from aecodec.data import load

from .part import Asked, Found, table

RUNS = 3
COMPRESS, DECOMPRESS = "compress", "decompress"
BULK, SEARCHED = 10_000, 1_000  # pictures


@dataclass(frozen=True)
class Case:
    """So many pictures with these options of :func:`aecodec.compress`.

    ``bound``: whether products are replayed. They say nothing without a network, or where a search has others as well.
    """

    title: str
    pictures: int
    options: Mapping[str, Any]
    bound: bool = True


CASES = (
    Case("lossless, effort 0", BULK, {"lossless": True, "effort": 0}, bound=False),
    Case("lossless, effort 0", SEARCHED, {"lossless": True, "effort": 0}, bound=False),
    Case("lossless, effort 3", SEARCHED, {"lossless": True, "effort": 3}),
    Case("latent_dim 64, effort 0", BULK, {"latent_dim": 64, "effort": 0}),
    Case("latent_dim 64, effort 0", SEARCHED, {"latent_dim": 64, "effort": 0}),
    Case("latent_dim 64", SEARCHED, {"latent_dim": 64}, bound=False),
)


@dataclass(frozen=True)
class Row:
    """One way of a case, in seconds of processor time: all pictures, their ``products``, and one ``fixed`` product.

    ``bytes`` are those of the container. ``products`` is None where they are not replayed, 0 where there are none.
    """

    title: str
    way: str
    pictures: int
    bytes: int
    seconds: float
    products: float | None
    fixed: float

    @property
    def speed(self) -> float:
        """Pictures a second."""
        return self.pictures / self.seconds

    @property
    def during_fixed(self) -> float:
        """Pictures while one fixed product takes."""
        return self.speed * self.fixed

    @property
    def share(self) -> float | None:
        """What products take of all, 0 to 1, where there are some."""
        return self.products / self.seconds if self.products else None


def measure(asked: Asked) -> Found:
    """See Part."""
    pictures, runs = load("mnist", asked.data_dir).pictures, asked.runs or RUNS
    cases = {(case.title, min(case.pictures, asked.limit or case.pictures)): case for case in CASES}
    rows: list[Row] = []
    for (_, count), case in cases.items():  # a limit may make two cases one
        rows += apart(measure_case, case, pictures[:count], runs)
    return {"runs": runs, "rows": [asdict(row) for row in rows]}


def measure_case(case: Case, pictures: Pictures, runs: int) -> list[Row]:
    """Return the rows of a case of uint8 ``[N, H, W]``. Raises AssertionError where exact pictures come back otherwise.

    It is for a process with one thread of BLAS.
    """
    listed = list(pictures)

    def compress() -> bytes:
        return aecodec.compress(listed, **case.options)

    data = compress()

    def decompress() -> list[Any]:
        return aecodec.decompress(data)

    if case.options.get("lossless"):
        assert np.array_equal(decompress(), pictures), f"{case.title}: other pixels came back"
    return [
        Row(case.title, way, len(pictures), len(data), *_measured(work, case.bound, runs))
        for way, work in ((COMPRESS, compress), (DECOMPRESS, decompress))
    ]


def _measured(work: Callable[[], object], bound: bool, runs: int) -> tuple[float, float | None, float]:
    """Return the best seconds of ``work``, of its products, and of one fixed product."""
    replay = None
    if bound:
        with recorded() as products:
            work()
        replay = repeated(products) if products else None
    taken = list(_turns([work, fixed(), *([replay] if replay else [])], runs))
    best = [min(each) for each in zip(*taken, strict=True)]
    return best[0], (best[2] if replay else 0.0) if bound else None, best[1]


def _turns(works: list[Callable[[], object]], runs: int) -> Iterator[list[float]]:
    """Yield the seconds of processor time that each of ``works`` takes, turn by turn."""
    for _ in range(runs):
        seconds = []
        for work in works:
            start = time.process_time()
            work()
            seconds.append(time.process_time() - start)
        yield seconds


def page(found: Found) -> list[str]:
    """See Part."""
    head = ("", "", "pictures", "bytes a picture", "a second", "during one GEMM", "products alone, a second", "share")
    rows = [Row(**each) for each in found["rows"]]
    milliseconds = 1000 * min(row.fixed for row in rows)
    lines = [
        (
            row.title,
            row.way,
            f"{row.pictures:,}",
            f"{row.bytes / row.pictures:.2f}",
            f"{row.speed:,.0f}",
            f"{row.during_fixed:,.1f}",
            f"{row.pictures / row.products:,.0f}" if row.products else "–",
            "–" if row.share is None else f"{100 * row.share:.0f} %",
        )
        for row in rows
    ]
    return [
        "## Many small pictures",
        "",
        "Pictures of MNIST's test split in one container, from and to memory. Speeds are by processor time of one",
        f"core, the best of {found['runs']} runs. *One GEMM* is the product of two float32 matrices of 1024 × 1024;",
        f"it takes {milliseconds:.1f} ms here. *Products alone* are the matrix products of the run with its networks'",
        "weights. NumPy does them again, into arrays that are there already. *Share* is their part of the run's time.",
        "A search has other products as well.",
        "",
        *table(head, lines, 2),
    ]
