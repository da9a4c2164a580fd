"""What ``--dataset`` means: a name, or a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from aecodec.data.collection import Collection
from aecodec.data.folder import load_folder
from aecodec.data.named import NAMED, load_named
from aecodec.errors import UsageError


def load(
    dataset: str,
    data_dir: Path,
    *,
    split: Literal["train", "test"] = "test",
    download: bool = False,
    grey: bool = False,
) -> Collection:
    """Return a named data set's split from ``data_dir``, or all pictures of the folder ``dataset``.

    Whatever is not exactly one of ``NAMED`` is a path: ``./mnist`` is a folder. Nothing is downloaded unless
    ``download`` is true. With ``grey`` a folder's pictures become grey, and their alpha is left out.

    Raises UsageError if data is missing, cannot be fetched, or pictures differ in size; FormatError where files
    are damaged; UnsupportedError for pictures of a kind not taken, such as those with alpha.
    """
    if dataset in NAMED:
        return load_named(dataset, data_dir, split=split, download=download)
    folder = Path(dataset)
    if not dataset or not folder.is_dir():
        found = "is a file" if folder.is_file() else "is neither a data set nor a folder"
        raise UsageError(f"{dataset!r} {found}; expected {', '.join(NAMED)}, or a folder of pictures")
    return load_folder(folder, grey=grey)
