"""The files of a run's folder, and how its model gets from there to where all models are.

A run keeps the model that it made, with its card, beside its checkpoint. So a model elsewhere is the run's own
where both are the same bytes; any other is never replaced unasked.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from aecodec.errors import FileError, UsageError
from aecodec.files import check_target, write_file
from aecodec.train.bare_files import new_folder, read
from aecodec.train.checkpoint import CHECKPOINT
from aecodec.train.log import METRICS

RECORD = "finished.json"
_SUFFIXES = (".md", ".safetensors")  # where a model is, its card is, too


@dataclass(frozen=True)
class Target:
    """Where a run's model goes: ``name`` among all ``models``; with ``force`` it replaces what another has made."""

    models: Path
    name: str
    force: bool = False

    def claim(self, run: Path) -> Claim:
        """Take the place for the model of the run in the folder ``run``. Raises what :func:`may_replace` does."""
        path = self.models / f"{self.name}.safetensors"
        return Claim(path, may_replace(run / path.name, path, force=self.force))


@dataclass(frozen=True)
class Claim:
    """The place of a run's model, and whether what was there when the run began may be replaced."""

    path: Path
    replace: bool

    def publish(self, made: Path) -> None:
        """Copy the model ``made`` there, and its card. Raises what :func:`publish` does."""
        publish(made, self.path, replace=self.replace)


def may_replace(made: Path, target: Path, *, force: bool) -> bool:
    """Say whether what is at ``target`` is to be replaced by ``made``, a model in its run's folder.

    Raises UsageError if a model or card is in the way that this run has not made, unless ``force`` is true;
    FileError where ``target`` could not be written.
    """
    if os.path.exists(target.parent):
        check_target(str(target), force=True)
    if force:
        return True
    found = False
    for suffix in reversed(_SUFFIXES):
        ours, theirs = made.with_suffix(suffix), target.with_suffix(suffix)
        own = read(ours)
        if own is not None and not _is_run(made.parent):
            raise UsageError(
                f"{ours} is there already, and not from a run in {made.parent}; "
                "choose another folder with --run or --results-dir, or replace it with -f"
            )
        content = read(theirs)
        if content not in (None, own):
            raise UsageError(
                f"{theirs} is there already, and not from {made.parent}; "
                "choose another folder with -o, or replace it with -f"
            )
        found |= content is not None
    return found


def check_source(source: str, run: Path) -> None:
    """Raise UsageError if a run in ``run`` cannot begin with the weights in ``source``, empty for none."""
    if source and Path(source).resolve() == (run / CHECKPOINT).resolve():
        raise UsageError(f"a run cannot continue from its own {source}: name another folder with --run")
    if source and not Path(source).is_file():
        raise UsageError(f"there is no {source} to continue from")


def publish(made: Path, target: Path, *, replace: bool) -> None:
    """Copy model and card to ``target``, each whole or not at all.

    Raises FileError, and UsageError if another run's came there meanwhile, unless ``replace`` is true.
    """
    for suffix in _SUFFIXES:
        content = read(made.with_suffix(suffix))
        if content is not None and content != read(target.with_suffix(suffix)):
            write(target.with_suffix(suffix), content, force=replace)


def write(path: Path, content: bytes, *, force: bool = True) -> None:
    """Write a file whole or not at all, and make its folder.

    Raises FileError, and without ``force`` UsageError where it exists.
    """
    new_folder(path.parent)
    write_file(str(path), content, force=force)


def remove(path: Path) -> None:
    """Remove a file where it exists. Raises FileError."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise FileError(f"cannot remove {path}: {error.strerror or error}") from error


def _is_run(folder: Path) -> bool:
    return any(os.path.exists(folder / name) for name in (CHECKPOINT, METRICS, RECORD))
