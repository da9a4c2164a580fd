"""What is known of a shard when it is done, as its ``.json`` says it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, field, fields
from typing import Any, Final

from aecodec.errors import AecError, FormatError
from aecodec.frozen import dataclass

FORMAT: Final = 1
Bytes = bytes  # where a field has that name
_KINDS: Final[Mapping[type, tuple[str, ...]]] = {
    str: ("shard",),
    int: ("bytes", "pictures", "failed", "pixels", "input_bytes"),
    bool: ("exact",),
    float: ("mse", "max_mse"),
    dict: ("options",),
    list: ("models", "tars", "remarks"),
}


@dataclass(frozen=True)
class Row:
    """A picture in the manifest. ``index`` is its place in the shard's file; None, as its shape, where it failed."""

    name: str
    shard: str
    index: int | None
    height: int | None
    width: int | None
    channels: int | None
    mse: float | None
    exact: bool | None
    error: str | None


@dataclass(frozen=True)
class Pictures:
    """The pictures of a shard by columns, in the order of its job, those that failed among them.

    ``etag`` is empty unless a store gave tags; ``mse`` is empty where all are exact. Shapes and errors are None of
    pictures that failed.
    """

    name: list[str] = field(default_factory=list)
    size: list[int] = field(default_factory=list)
    etag: list[str | None] = field(default_factory=list)
    height: list[int | None] = field(default_factory=list)
    width: list[int | None] = field(default_factory=list)
    channels: list[int | None] = field(default_factory=list)
    mse: list[float | None] = field(default_factory=list)


@dataclass(frozen=True)
class Failure:
    """A picture that is not in the file: its place in the job, the kind of its error, and its line."""

    item: int
    kind: str
    error: str


@dataclass(frozen=True)
class ShardRecord:
    """A shard that is done. Counts are of pictures; ``failed`` are not in the file.

    ``file`` is the name of the ``.aec`` beside the record, or None if all pictures failed; ``bytes`` and ``sha256`` are
    its. ``models`` are id and SHA-256 of those that a reader needs. ``mse`` is the mean over all pictures, ``max_mse``
    the largest, samples in 0..1. ``tars`` are place, size and tag of the tar files that pictures lie in. ``remarks``
    say what of the pictures' files is not kept. ``skipped``: it was there already; that is no part of the ``.json``.
    """

    shard: str
    file: str | None
    bytes: int
    sha256: str | None
    options: Mapping[str, Any]
    models: list[dict[str, str]]
    pictures: int
    failed: int
    pixels: int
    input_bytes: int
    exact: bool
    mse: float
    max_mse: float
    seconds: float
    aecodec: str
    tars: list[list[Any]]
    inputs: Pictures
    failures: list[Failure]
    remarks: list[str]
    format: int = FORMAT
    skipped: bool = False

    def to_json(self) -> Bytes:
        """Return the bytes of the ``.json``."""
        return json.dumps({k: v for k, v in asdict(self).items() if k != "skipped"}, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, data: Bytes, name: str) -> ShardRecord:
        """Return the record in a ``.json``; raises FormatError, which names ``name``, for anything else."""
        try:
            given = json.loads(data)
            if given["format"] != FORMAT:
                raise ValueError(f"format {given['format']!r:.20}, expected {FORMAT}")
            known = {each.name for each in fields(cls)} - {"skipped"}
            found = {key: value for key, value in given.items() if key in known}
            inputs = Pictures(**found.pop("inputs"))
            failures = [Failure(**each) for each in found.pop("failures")]
            record = cls(**found, inputs=inputs, failures=failures)
            record.check()
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            reason = str(error) or type(error).__name__
            raise FormatError(f"{name} is no record of a shard: {reason:.200}") from error
        return record

    def check(self) -> None:
        """Raise ValueError unless fields are of their kinds, and columns and counts agree."""
        for kind, names in _KINDS.items():
            for name in names:
                if type(getattr(self, name)) is not kind:
                    raise ValueError(f"{name} is no {kind.__name__}")
        if not all(type(tar) is list for tar in self.tars):
            raise ValueError("tars are no lists")
        if not all(type(model["sha256"]) is type(model["id"]) is str for model in self.models):
            raise ValueError("models have no id and SHA-256")
        count = self.pictures + self.failed
        for name, column in vars(self.inputs).items():
            if type(column) is not list or (len(column) != count and (column or name not in ("etag", "mse"))):
                raise ValueError(f"{name} is not of {count} pictures")
        if len(self.failures) != self.failed:
            raise ValueError(f"{len(self.failures)} failures, expected {self.failed}")

    def names(self) -> list[str]:
        """Return the names of the pictures in the file, in their order."""
        out = {failure.item for failure in self.failures}
        return [name for item, name in enumerate(self.inputs.name) if item not in out]

    def rows(self) -> Iterator[Row]:
        """Give the manifest's rows."""
        errors = {failure.item: failure.error for failure in self.failures}
        index = 0
        for item, name in enumerate(self.inputs.name):
            if item in errors:
                yield Row(name, self.shard, None, None, None, None, None, None, errors[item])
                continue
            shape = (self.inputs.height[item], self.inputs.width[item], self.inputs.channels[item])
            mse = self.inputs.mse[item] if self.inputs.mse else 0.0
            yield Row(name, self.shard, index, *shape, mse, self.exact, None)
            index += 1


def failure_of(item: int, error: AecError) -> Failure:
    """Return the record of an error."""
    return Failure(item, type(error).__name__, str(error))
