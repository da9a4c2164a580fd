"""One table of all pictures of all shards: a Parquet file, or lines of JSON.

It is made of the shards' records when all are done, in their order, some of them at a time. So it takes no more memory
for many shards than for few. In Parquet, shards lie together in row groups of about 100,000 rows, and a query for
one shard, or for a range of names, reads the groups that it needs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from itertools import islice
from typing import Any, BinaryIO, Final, NamedTuple, Protocol

from aecodec.errors import FormatError, UsageError
from aecodec.shards.names import MANIFESTS
from aecodec.shards.places import below, last_part, opened, written
from aecodec.shards.record import Row

GROUP_ROWS: Final = 100_000
_COLUMNS: Final = [each.name for each in fields(Row)]


class _Sink(Protocol):
    def add(self, rows: list[Row]) -> None: ...

    def close(self) -> None: ...


def check_form(form: str) -> None:
    """Raise UsageError, before any work, where pyarrow is missing for a manifest in Parquet."""
    if form != "parquet":
        return
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "the manifest needs pyarrow: pip install 'aecodec[shards]', or choose --manifest jsonl or none"
        ) from error


def manifest_place(folder: str, form: str) -> str:
    """Return where a manifest of that form lies."""
    return below(folder, next(name for name, each in MANIFESTS.items() if each == form))


def write_manifest(folder: str, form: str, rows: Iterable[Row]) -> str:
    """Write ``rows`` as they come, whole or not at all; return the manifest's place."""
    place, waiting = manifest_place(folder, form), iter(rows)
    with written(place) as file:
        sink: _Sink = _Parquet(file) if form == "parquet" else _Lines(file)
        while some := list(islice(waiting, GROUP_ROWS)):
            sink.add(some)
        sink.close()
    return place


class Part(NamedTuple):
    """What a manifest says of some pictures of one shard that follow one another."""

    shard: str
    names: list[str]  # of those in the file
    failed: int


def read_manifest(place: str) -> Iterator[Part]:
    """Give what a manifest says, group by group. Raises FormatError for one that is damaged, FileError."""
    groups = _parquet_groups if MANIFESTS[last_part(place)] == "parquet" else _line_groups
    with opened(place) as file:
        try:
            for shards, names, indexes in groups(file):
                yield from _parts(shards, names, indexes)
        except (ValueError, KeyError, OSError) as error:  # pyarrow's own are among these
            raise FormatError(f"{place} is damaged: {error}") from error


def _parts(shards: list[str], names: list[str], indexes: list[int | None]) -> Iterator[Part]:
    found: dict[str, Part] = {}
    for shard, name, index in zip(shards, names, indexes, strict=True):
        part = found.get(shard) or Part(shard, [], 0)
        if index is None:
            part = part._replace(failed=part.failed + 1)
        else:
            part.names.append(name)
        found[shard] = part
    yield from found.values()


class _Lines:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def add(self, rows: list[Row]) -> None:
        self._file.write("".join(f"{json.dumps(vars(row))}\n" for row in rows).encode())

    def close(self) -> None:
        pass


class _Parquet:
    def __init__(self, file: BinaryIO) -> None:
        import pyarrow
        from pyarrow import parquet

        text, small = pyarrow.string(), pyarrow.int32()
        types = [text, pyarrow.dictionary(small, text), small, small, small, pyarrow.int8()]
        types += [pyarrow.float64(), pyarrow.bool_(), text]
        self._schema = pyarrow.schema(list(zip(_COLUMNS, types, strict=True)))
        self._table = pyarrow.table
        self._writer = parquet.ParquetWriter(file, self._schema, compression="zstd")

    def add(self, rows: list[Row]) -> None:
        columns = {name: [getattr(row, name) for row in rows] for name in _COLUMNS}
        columns["name"] = [as_utf8(name) for name in columns["name"]]
        columns["error"] = [None if line is None else as_utf8(line) for line in columns["error"]]
        self._writer.write_table(self._table(columns, schema=self._schema))

    def close(self) -> None:
        self._writer.close()


def as_utf8(text: str) -> str:
    """Return ``text``, with escapes for what no UTF-8 can be: bytes of names that are none."""
    return text.encode(errors="backslashreplace").decode()


def _parquet_groups(file: BinaryIO) -> Iterator[tuple[list[Any], list[Any], list[Any]]]:
    check_form("parquet")
    from pyarrow import parquet

    table = parquet.ParquetFile(file)
    for number in range(table.num_row_groups):
        group = table.read_row_group(number, columns=["shard", "name", "index"])
        yield group["shard"].to_pylist(), group["name"].to_pylist(), group["index"].to_pylist()


def _line_groups(file: BinaryIO) -> Iterator[tuple[list[Any], list[Any], list[Any]]]:
    lines = iter(file)
    while some := [json.loads(line) for line in islice(lines, GROUP_ROWS)]:
        yield [row["shard"] for row in some], [row["name"] for row in some], [row["index"] for row in some]
