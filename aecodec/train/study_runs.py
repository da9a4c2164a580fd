"""The runs of a study, one after the other, each in a folder of its own, and ``study.json`` about all.

A run's folder has its checkpoint, its metrics, the model it made with a card, and at last ``finished.json``: the
settings, the pictures' SHA-256 and the model's. Only where all three are right is a run taken as done.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from aecodec.train.checkpoint import CHECKPOINT
from aecodec.train.data import Pictures
from aecodec.train.release import Release, release
from aecodec.train.reports import Console
from aecodec.train.run_files import Target, remove, write
from aecodec.train.single import Job, finish, start
from aecodec.train.study import Study
from aecodec.train.study_record import Run, as_json, identity, keep, kept

TABLE = "study.json"


def run_study(
    study: Study, pictures: Pictures, console: Console, *, restart: bool = False, force: bool = False
) -> Path:
    """Train what is not finished, release all models to ``model_save_dir``, and return the path of ``study.json``.

    A line is told about each model. With ``restart`` all begin anew; with ``force`` models and cards of other
    runs in ``model_save_dir`` are replaced. Raises UsageError, before anything is trained, where another study's runs
    or models are in the way; FileError where writing fails; ExportError where a trained network cannot be released.
    """
    results, runs = study.results_save_dir, _runs(study, pictures)
    claims = []
    for run in runs:
        if not restart:
            kept(run, pictures)
        claims.append(Target(study.model_save_dir, run.name, force).claim(run.folder))
    rows = []
    for number, (run, claim) in enumerate(zip(runs, claims, strict=True), 1):
        row = None if restart else kept(run, pictures)
        before = "" if row is None else "; was finished"
        if row is None:
            label = f"{run.name}, {number} of {len(runs)}"
            made = _train(run, pictures, label, console, restart=restart)
        claim.publish(run.made)
        if row is None:  # after that: it takes a while, and an interruption would part the two models
            row = keep(run, made, pictures)
        rows.append({"model": run.name, "path": _relative(run.target, results)} | row)
        console.tell(f"{run.target}: validation MSE {row['mse']:.6f}, {row['bytes']:.2f} bytes a picture{before}")
    write(results / TABLE, as_json({"study": _described(study), "data": identity(pictures), "models": rows}))
    return results / TABLE


def _runs(study: Study, pictures: Pictures) -> list[Run]:
    runs = []
    for settings in study.settings():
        name = pictures.model_name(settings.latent_dim)
        runs.append(Run(settings, name, study.results_save_dir / name, study.model_save_dir))
    return runs


def _train(run: Run, pictures: Pictures, label: str, console: Console, *, restart: bool) -> Release:
    if restart:  # an interrupted restart is not to be taken for what was there before
        for path in (run.record, run.folder / CHECKPOINT):
            remove(path)
    training = start(Job(run.settings, run.folder, restart), pictures)
    finish(training, run.folder, label, console)
    return release(training, run.folder)


def _described(study: Study) -> dict[str, Any]:
    """Return what the models depend on beside the data, and not where they were made."""
    places = {"dataset", "data_dir", "images", "model_save_dir", "results_save_dir", "device", "threads"}
    return study.model_dump(mode="json", exclude=places)


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive
        return path.name
