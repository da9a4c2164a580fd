"""The runs of a study, each in a folder of its own, and ``study.json`` about all.

A run's folder has its checkpoint, its metrics, the model it made with a card, and at last ``finished.json``: the
settings, the pictures' SHA-256 and the model's. Only where all three are right is a run taken as done.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from aecodec.errors import AecError
from aecodec.train.data import Pictures
from aecodec.train.reports import Console
from aecodec.train.run_files import Target, write
from aecodec.train.study import Study
from aecodec.train.study_model import Maker, ModelJob, forget, one_by_one
from aecodec.train.study_record import Row, Run, as_json, identity, kept

TABLE = "study.json"


def run_study(
    study: Study,
    pictures: Pictures,
    console: Console,
    *,
    restart: bool = False,
    force: bool = False,
    maker: Maker = one_by_one,
) -> Path | None:
    """Train what is not finished, release all models to ``model_save_dir``, and return the path of ``study.json``;
    None where a model could not be made.

    A line is told about each model. With ``restart`` all begin anew; with ``force`` models and cards of other
    runs in ``model_save_dir`` are replaced. Raises UsageError, before anything is trained, where another study's runs
    or models are in the way; what ``maker`` raises, which is, of one by one, FileError if writing fails and
    ExportError where a trained network cannot be released. What nobody expects is raised when all others are made.
    """
    results, runs = study.results_save_dir, _runs(study, pictures)
    rows: dict[str, Row] = {}
    jobs = []
    for number, run in enumerate(runs, 1):
        if not restart and (row := kept(run, pictures)) is not None:
            rows[run.name] = row
        claim = Target(study.model_save_dir, run.name, force).claim(run.folder)
        jobs.append(ModelJob(run, claim, number, len(runs)))
    for job in jobs:
        if job.run.name in rows:
            job.claim.publish(job.run.made)
            console.tell(f"{_told(job.run, rows[job.run.name])}; was finished")
        elif restart:
            forget(job.run)
    unexpected = None
    for made in maker([job for job in jobs if job.run.name not in rows], pictures, console):
        run = made.job.run
        if made.error is None:
            rows[run.name] = made.take()
            console.tell(_told(run, rows[run.name]))
            continue
        if isinstance(made.error, AecError):
            console.tell(f"{run.name}: {made.error}")
        else:
            console.tell(f"{run.name}: {type(made.error).__name__}: {str(made.error).partition(chr(10))[0]}")
            unexpected = unexpected or made.error
    if unexpected is not None:
        raise unexpected
    if len(rows) < len(runs):
        return None
    table = [{"model": run.name, "path": _relative(run.target, results)} | rows[run.name] for run in runs]
    write(results / TABLE, as_json({"study": _described(study), "data": identity(pictures), "models": table}))
    return results / TABLE


def _told(run: Run, row: Row) -> str:
    return f"{run.target}: validation MSE {row['mse']:.6f}, {row['bytes']:.2f} bytes a picture"


def _runs(study: Study, pictures: Pictures) -> list[Run]:
    runs = []
    for settings in study.settings():
        name = pictures.model_name(settings.latent_dim)
        runs.append(Run(settings, name, study.results_save_dir / name, study.model_save_dir))
    return runs


def _described(study: Study) -> dict[str, Any]:
    """Return what the models depend on beside the data, and not where they were made."""
    places = {"dataset", "data_dir", "images", "model_save_dir", "results_save_dir", "device", "threads", "precision"}
    return study.model_dump(mode="json", exclude=places)


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive
        return path.name
