"""A folder of shards: whose it is, and what is in it.

Besides the shards and the manifest it has one small file, ``shards.json``, which is written first and says which
command the folder belongs to. So what is there can be gone on with, and nothing of another's is replaced unasked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

import aecodec
from aecodec.errors import FormatError, UsageError
from aecodec.frozen import dataclass
from aecodec.shards.job import ShardJob, differing, restated, stated
from aecodec.shards.names import MANIFESTS, MARK
from aecodec.shards.places import Stat, below, files_in, first_name, last_part, make_folder, read, stat, write

FORMAT: Final = 1
_SHARD: Final = re.compile(r"(\d{6,})\.aec")
_RECORD: Final = re.compile(r"(\d{6,})\.json")


@dataclass(frozen=True)
class Shards:
    """What a folder of shards holds: the places of the ``.aec`` files and of the records, by the shards' names."""

    folder: str
    files: dict[str, Stat]
    records: dict[str, Stat]
    manifest: Stat | None


def claim(folder: str, size: int, template: ShardJob, *, force: bool) -> None:
    """Make ``folder`` this command's, before any work. Raises UsageError if it is another's, or not empty.

    With ``force`` it is taken all the same: what is no shard in it stays. Raises FileError if it cannot be written.
    """
    mark = {
        "format": FORMAT,
        "aecodec": aecodec.__version__,
        "shard_size": size,
        "options": stated(template.options),
        "model_sha256": template.model_sha256,
    }
    make_folder(folder)
    there = _mark(folder)
    if there is not None and not force:
        _compare(folder, there, mark)
        return
    if there is None and not force:
        other = first_name(folder)
        if other is not None:
            raise UsageError(
                f"{folder} holds other files, {other} for one; choose another folder, or write to it with -f"
            )
    write(below(folder, MARK), json.dumps(mark, indent=1).encode(), force=force)


def is_shards(folder: str) -> bool:
    """Return whether ``folder`` is one of shards."""
    return stat(below(folder, MARK)) is not None


def shards_in(folder: str) -> Shards:
    """Return what is there."""
    files: dict[str, Stat] = {}
    records: dict[str, Stat] = {}
    manifest = None
    for name, found in files_in(folder, deep=False):
        if shard := _SHARD.fullmatch(name):
            files[shard[1]] = found
        elif record := _RECORD.fullmatch(name):
            records[record[1]] = found
        elif name in MANIFESTS:
            manifest = found
    return Shards(folder, files, records, manifest)


def left_over(folder: str, names: Sequence[str]) -> list[str]:
    """Return the files of shards in ``folder`` that are not among ``names``: an earlier command had more of them."""
    there, known = shards_in(folder), set(names)
    places = [*there.files.items(), *there.records.items()]
    return sorted(last_part(found.place) for name, found in places if name not in known)


def _mark(folder: str) -> dict[str, Any] | None:
    place = below(folder, MARK)
    if stat(place) is None:
        return None
    try:
        found = json.loads(read(place))
        if found["format"] != FORMAT:
            raise ValueError(f"format {found['format']!r:.20}, expected {FORMAT}")
        return dict(found)
    except (ValueError, TypeError, KeyError) as error:
        raise FormatError(f"{place} does not say whose shards these are: {error}") from error


def _compare(folder: str, there: dict[str, Any], asked: dict[str, Any]) -> None:
    old, new = restated(there.get("options") or {}), asked["options"]
    pairs = [("shard_size", there.get("shard_size"), asked["shard_size"])]
    pairs += [(name, old[name], value) for name, value in new.items()]
    for name, before, now in pairs:
        if before != now:
            otherwise = "; choose another folder, or replace them with -f"
            raise UsageError(f"{folder} has shards of another command, ", *differing(name, before, now), otherwise)
    if there.get("model_sha256") != asked["model_sha256"]:
        raise UsageError(
            f"{folder} has shards of another model of that name; choose another folder, or replace them with -f"
        )
