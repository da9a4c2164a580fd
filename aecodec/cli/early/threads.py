"""The module settles how many threads BLAS has. It imports next to nothing: NumPy asks once, when it is loaded."""

from __future__ import annotations

from aecodec.blas import is_settled, settle_environment


def settle_threads(words: list[str], *, alone: bool = False) -> None:
    """Give the command line ``words`` and the processes it starts one thread, unless the environment says how many.

    With ``alone`` it is one whatever the environment says. Training is left alone: PyTorch knows what to do with all.
    """
    if alone or (words[:1] != ["train"] and not is_settled()):
        settle_environment()
