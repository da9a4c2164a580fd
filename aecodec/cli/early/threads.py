"""The module settles how many threads BLAS has. It imports next to nothing: NumPy asks once, when it is loaded."""

from __future__ import annotations

import os

VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "OMP_NUM_THREADS")


def settle_threads(words: list[str], *, alone: bool = False) -> None:
    """Give the command line ``words`` and the processes it starts one thread, unless the environment says how many.

    With ``alone`` it is one whatever the environment says.

    The products of these networks are small. Where two cores are idle, two threads are a quarter faster at most and
    cost twice the work; where they are busy, threads that wait for each other make the same up to ten times slower.
    Training is left alone: PyTorch knows what to do with all of them.
    """
    if alone or (words[:1] != ["train"] and not any(name in os.environ for name in VARIABLES)):
        os.environ.update(dict.fromkeys(VARIABLES, "1"))
