"""What a shard is to be made of: one picture after the other, the options, and where it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

from aecodec.codec import Options
from aecodec.errors import Argument
from aecodec.frozen import dataclass


class Item(NamedTuple):
    """One picture of a shard: its name there, and where its bytes lie.

    ``place`` is a path or URL: the picture's own file, or a tar file where ``offset`` is given, in which its ``size``
    bytes begin there. ``etag`` is a store's tag of the picture's own file. With an ``error`` it is left out.
    """

    name: str
    size: int
    place: str
    offset: int | None = None
    etag: str | None = None
    error: str | None = None

    @property
    def shown(self) -> str:
        """How messages name it."""
        return self.place if self.offset is None else f"{self.place}: {self.name}"


class Tar(NamedTuple):
    """A tar file that pictures of a shard lie in."""

    place: str
    size: int
    etag: str | None = None


@dataclass(frozen=True)
class ShardJob:
    """All that :func:`aecodec.shards.compress_shard` needs; it can be pickled, and means the same on every machine.

    ``target`` is the place of the ``.aec`` file; the record goes beside it, with ``.json``. ``model_path`` are the
    folders with models, there on each machine; ``model_sha256`` is of the model that ``options`` name, or None if they
    name none. ``force``: another command's shard at ``target`` is replaced.
    """

    target: str
    items: tuple[Item, ...]
    options: Options
    tars: tuple[Tar, ...] = ()
    model_path: tuple[str, ...] = ()
    model_sha256: str | None = None
    force: bool = False

    @property
    def record_place(self) -> str:
        """Where the record goes."""
        return record_of(self.target)


def record_of(target: str) -> str:
    """Return where the record of the shard at ``target`` lies."""
    return target.removesuffix(".aec") + ".json"


def stated(options: Options) -> dict[str, Any]:
    """Return the options that decide a file's bytes, as records state them."""
    return {name: value for name, value in asdict(options).items() if name != "jobs"}


def differing(name: str, theirs: Any, ours: Any) -> tuple[str, ...]:
    """Return the parts of a message that says which option another command had, or had not."""
    if theirs in (None, False):
        return "without ", Argument(name)
    return "with ", Argument(name), "" if theirs is True else f" {theirs}" + (f", not {ours}" if ours else "")


def restated(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a record; those that the version which wrote it did not know have their defaults."""
    return stated(Options()) | dict(options)
