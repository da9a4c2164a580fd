"""Every constant by which aecodec cuts pictures into batches that no file may depend on."""

from __future__ import annotations

from importlib import import_module

# Module and name: tiles in the transforms; in the lossy search; pictures whose scan sizes are told, whose scans are
# searched, and whose blocks are, together; scans whose windows are laid out, and that are coded, together; values
# that transforms hold, entries of the tables of places, and samples of which the residual coder looks around.
BATCHES = (
    ("aecodec.lossy.model", "STRIDE"),
    ("aecodec.lossy.search", "BATCH"),
    ("aecodec.scans.find", "_CHUNK"),
    ("aecodec.scans.find", "_LOCKSTEP"),
    ("aecodec.codec.encode", "BLOCKS_AT_ONCE"),
    ("aecodec.ink.first_layer", "_SLICE"),
    ("aecodec.ink.network", "_SLICE"),
    ("aecodec.lossy.model", "_HELD"),
    ("aecodec.ink.places", "_AT_ONCE"),
    ("aecodec.lossless.residual", "_AT_ONCE"),
)


def set_batch(count: int) -> None:
    """``count`` at a time everywhere. Raises AttributeError where one of them is no more."""
    for module, name in BATCHES:
        _put(module, name, count)


def use_workers() -> None:
    """Other processes, where they are asked for, even for few pictures."""
    _put("aecodec.codec.workers", "_START", 0.0)


def _put(module: str, name: str, value: float) -> None:
    found = import_module(module)
    getattr(found, name)
    setattr(found, name, value)
