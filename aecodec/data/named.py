"""Data sets by name, read and fetched by torchvision: MNIST and those laid out like it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from aecodec.data.collection import Collection
from aecodec.errors import FileError, FormatError, UsageError
from aecodec.frozen import dataclass


@dataclass(frozen=True)
class _Set:
    """``kind``: torchvision's class, whose name is also the folder's. ``files`` are prefixes of images and labels."""

    kind: str
    files: tuple[str, ...] = ("train", "t10k")  # torchvision wants both splits
    options: Mapping[str, str] = field(default_factory=dict)
    is_transposed: bool = False


NAMED = {
    "mnist": _Set("MNIST"),
    "fashion-mnist": _Set("FashionMNIST"),
    "kmnist": _Set("KMNIST"),
    "emnist": _Set("EMNIST", ("emnist-balanced-{split}",), {"split": "balanced"}, is_transposed=True),
}


def load_named(
    dataset: str, data_dir: Path, *, split: Literal["train", "test"] = "test", download: bool = False
) -> Collection:
    """Return one split of a data set of ``NAMED``: uint8 ``[N, 28, 28]``, labels int64 ``[N]``.

    EMNIST is its balanced split, upright. Raises UsageError if files are missing, or fetching them fails,
    FormatError where they are damaged, and FileError if they cannot be read.
    """
    try:
        from torchvision import datasets
    except ModuleNotFoundError as error:
        raise UsageError(f'{error.name} is missing; data sets need: pip install "aecodec[train]"') from error
    known = NAMED[dataset]
    raw = Path(os.path.expanduser(data_dir)) / known.kind / "raw"
    try:
        with redirect_stdout(sys.stderr):  # torchvision tells what it fetches
            found = getattr(datasets, known.kind)(
                root=str(data_dir), train=split == "train", download=download, **known.options
            )
        return _collected(dataset, split, found, transposed=known.is_transposed)
    except MemoryError:
        raise
    except Exception as error:  # torchvision lets through what the network, zip, gzip and torch raise
        missing = _missing(known, raw, split)
        if missing and download:
            raise UsageError(
                f"cannot fetch {dataset} into {raw}: {_one_line(error)}; "
                f"try again, or put {', '.join(missing)} there yourself"
            ) from error
        if missing:
            raise UsageError(
                f"no {dataset} {split} split under {data_dir}: expected {', '.join(missing)} in {raw}; "
                "fetch with --download, or name another folder with --data-dir"
            ) from error
        if isinstance(error, OSError):
            raise FileError(f"cannot read {dataset} in {raw}: {error.strerror or error}") from error
        raise FormatError(
            f"{dataset}'s {split} split in {raw} is damaged: {_one_line(error)}; "
            "delete its files and fetch them with --download"
        ) from error


def _collected(dataset: str, split: str, found: Any, *, transposed: bool) -> Collection:
    pictures, labels = found.data.numpy(), found.targets.numpy()
    names = tuple(str(each) for each in found.classes)
    if len(pictures) != len(labels):
        raise ValueError(f"{len(pictures)} pictures and {len(labels)} labels")
    if len(labels) and labels.max() >= len(names):
        raise ValueError(f"label {labels.max()}, expected 0 to {len(names) - 1}")
    upright = pictures.transpose(0, 2, 1) if transposed else pictures
    return Collection(dataset, split, np.ascontiguousarray(upright), labels.astype(np.int64), names)


def _missing(known: _Set, raw: Path, split: str) -> list[str]:
    """Return the names of the files that torchvision would read, and that are not there."""
    names = [
        f"{prefix.format(split=split)}-{kind}-ubyte"
        for prefix in known.files
        for kind in ("images-idx3", "labels-idx1")
    ]
    return [name for name in names if not (raw / name).is_file()]


def _one_line(error: Exception) -> str:
    """Return what went wrong, on one line: torchvision gives one for each mirror."""
    return " ".join(str(error).split()) or type(error).__name__
