"""Files and folders that are given become the files to work on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from aecodec.cli.plumbing.lines import say
from aecodec.cli.plumbing.names import AEC
from aecodec.files import Source, find_files

_KINDS_SHOWN = 4  # of files passed over


def search(inputs: Sequence[str], suffixes: Sequence[str], what: str, *, quiet: bool = False) -> list[Source]:
    """Return what :func:`aecodec.files.find_files` finds, and say in a line what it passes over."""
    found = find_files(inputs, suffixes, what)
    if not quiet:
        note_others(found.others)
    return found.sources


def note_others(others: Counter[str]) -> None:
    """Say in a line how many files of which kinds were passed over, if any were."""
    count = sum(others.values())
    if count:
        kinds = [f"{number} {kind}" for kind, number in others.most_common(_KINDS_SHOWN)]
        more = ["..."] * (len(others) > _KINDS_SHOWN)
        say(f"aecodec: note: {count} other file{'s' * (count != 1)} passed over ({', '.join(kinds + more)})")


def in_folders(files: Sequence[str]) -> list[Source]:
    """Return ``files``, and for each folder among them the .aec files in it."""
    return search(files, (AEC,), f"{AEC} files")
