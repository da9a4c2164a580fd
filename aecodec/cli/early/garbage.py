"""The collector of garbage is spared what is imported, which stays until the end. It imports next to nothing."""

from __future__ import annotations

import gc

_MANY = (
    10_000  # objects more than have gone, before the youngest are looked at; Python's own number is for small programs
)


def collect_nothing() -> None:
    """Collect nothing while modules are imported, which are many objects and no garbage."""
    gc.disable()


def collect_what_comes() -> None:
    """Collect from now on, but only among what comes after this."""
    gc.freeze()
    gc.set_threshold(_MANY)
    gc.enable()


def leave_all() -> None:
    """Collect nothing any more: the process ends, and the system takes back all its memory at once."""
    gc.disable()
    gc.freeze()
