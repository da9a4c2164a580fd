"""``aecodec train``: a model from a data set or a folder of pictures, or the models of a study."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from aecodec.cli import train_grid, train_pixels
from aecodec.cli.shared import examples
from aecodec.cli.train_options import check_kind, how_to_run, overrides, single, training_options
from aecodec.errors import UsageError
from aecodec.train.reports import Console


@click.command(
    epilog=examples(
        "aecodec train --dataset mnist --latent-dim 32 -o models",
        "aecodec train --images scans/ --latent-dim 64 -o ~/models",
        "aecodec compress scan.png --model ~/models/scans-64.safetensors -o scan.aec",
        "aecodec train --config study.yaml --epochs 5",
        "aecodec train --kind grid --images photos/ --images drawings/ -o ~/models",
        "aecodec train --kind pixels --images photos/ --images drawings/ -o ~/models",
        "aecodec train --kind drawings --images icons/ --base ~/models/photos-pixels.safetensors -o ~/models",
    )
)
@training_options
@click.pass_context
def train(ctx: click.Context, /, **_: Any) -> None:
    """Train a model and release it.

    Needs the extra: pip install "aecodec[train]". Interrupted training resumes from its
    checkpoint, bit for bit, when the same command is given again; models of a study that are finished stay.
    What another run has released is replaced only with -f.
    """
    how = how_to_run(ctx)
    kind = "tiles" if how.config else check_kind(ctx)

    def progress(label: str, steps: int) -> _Bar:
        return _Bar(label, steps, how.quiet, _SHOWN[kind])

    console = Console(progress, _tell)

    if kind in _COMMANDS:
        _COMMANDS[kind](ctx, console)
        return
    try:
        import torch  # noqa: F401 - named first where it is missing

        from aecodec.train.config import Settings
        from aecodec.train.data import prepared
        from aecodec.train.run_files import Target
        from aecodec.train.single import Job, run_single
        from aecodec.train.study import read_study, validated
        from aecodec.train.study_runs import run_study
    except ModuleNotFoundError as error:
        raise UsageError(f'{error.name} is missing; training needs: pip install "aecodec[train]"') from error

    if how.config:
        study = read_study(how.config, overrides(ctx))
        run_study(study, prepared(study, download=how.download), console, restart=how.restart, force=how.force)
        return
    settings = validated(Settings, single(ctx))
    pictures = prepared(settings, download=how.download)
    name = pictures.model_name(settings.latent_dim)
    job = Job(settings, how.run or how.results_dir / name, how.restart)
    run_single(job, pictures, Target(how.output, name, how.force), console)


def _shown(event: dict[str, Any]) -> str:
    if event["event"] == "epoch":
        mse, bits = event["validation_mse"], event["validation_bits"]
        return f"{event['phase']}: validation MSE {mse:.5f}, {bits / 8:.1f} bytes"
    return f"MSE {event['mse']:.5f}, {event['bits'] / 8:.1f} bytes"


_SHOWN = {"tiles": _shown, "grid": train_grid.shown, "pixels": train_pixels.shown, "drawings": train_pixels.shown}
_COMMANDS = {
    "grid": train_grid.train_grid,
    "pixels": train_pixels.train_pixels,
    "drawings": train_pixels.train_drawings,
}


def _tell(line: str) -> None:
    click.echo(line, err=True)


class _Bar:
    """A progress bar on stderr: a context manager that gives a function of events."""

    def __init__(self, label: str, steps: int, quiet: bool, describe: Callable[[dict[str, Any]], str]) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._label, self._describe = label, describe
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=Console(stderr=True, quiet=quiet))
        self._task = self._bar.add_task(label, total=steps)

    def __enter__(self) -> Any:
        self._bar.start()
        return self._show

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _show(self, event: dict[str, Any]) -> None:
        text = self._describe(event)
        self._bar.update(self._task, completed=event["step"], description=f"{self._label}: {text}")
