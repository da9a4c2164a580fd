"""A small study that tests share, and models whose processes die."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aecodec.train.loop import Training
from aecodec.train.study_model import ModelJob, make_there
from aecodec.train.study_record import Row
from tests.shard_work import die

SMALL = """
images: scans
latent_dim_lossy: [2, 3]
latent_dim_lossless: 4
model_save_dir: models
results_save_dir: results
num_epochs: 2
batch_size: 16
copies: 0
threads: 1
device: cpu
precision: bfloat16
analysis_channels: [4]
analysis_hidden: 0
synthesis_hidden: 0
synthesis_channels: [4, 4]
"""
NAMES = ("scans-2", "scans-3", "scans-4")


def dies_once(job: ModelJob, *, marks: Path, **options: Any) -> Row:
    """Make a model; the first time the process of that of latent_dim 3 dies, some steps behind its checkpoint.

    ``marks`` gets a file for each time that a model is taken up, with the step that it had come to.
    """
    dying = job.run.settings.latent_dim == 3 and not (marks / "scans-3").exists()
    run = Training.run

    def watched(self: Training, path: Path, report: Any, **more: Any) -> Any:
        with (marks / job.run.name).open("a") as file:
            print(self.step, file=file)

        def until_4(event: dict[str, Any]) -> None:
            report(event)
            if dying and event["step"] == 4:
                die()

        return run(self, path, until_4, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Training, "run", watched)
        return make_there(job, **options)
