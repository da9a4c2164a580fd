"""``aecodec train``: a model from a data set or a folder of pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from aecodec.cli.shared import examples
from aecodec.errors import UsageError


@click.command(
    epilog=examples(
        "aecodec train --dataset mnist --latent-dim 32 -o models",
        "aecodec train --images scans/ --latent-dim 64 -o ~/models",
        "aecodec compress scan.png --model ~/models/scans-64.safetensors -o scan.aec",
    )
)
@click.option("--dataset", default="mnist", show_default=True,
              help="mnist, fashion-mnist, kmnist, emnist, or a folder of pictures.")  # fmt: skip
@click.option("--data-dir", type=click.Path(path_type=Path), default=Path("data"), show_default=True,
              help="Folder that holds the data set as torchvision lays it out.")  # fmt: skip
@click.option("--download", is_flag=True, help="Fetch the data set where it is missing.")
@click.option("--images", type=click.Path(path_type=Path),
              help="Train on this folder's pictures instead: grey, all of one size, sides multiples of 4.")  # fmt: skip
@click.option("--latent-dim", type=click.IntRange(1, 1024), default=32, show_default=True,
              help="Dimension of the latent space, 1 to 1024.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("models"), show_default=True,
              help="Folder for the released model and its card.")  # fmt: skip
@click.option("--epochs", type=click.FloatRange(0, min_open=True), default=25.0, show_default=True,
              help="Passes over the training pictures, copies included.")  # fmt: skip
@click.option("--copies", type=click.IntRange(0),
              help="Warped copies of each picture to train on too. Default: for about 220,000 in all.")  # fmt: skip
@click.option("--target-mse", type=click.FloatRange(0, 1, min_open=True, max_open=True),
              help="Distortion, samples in 0..1, to hold before the search. Default: by latent_dim.")  # fmt: skip
@click.option("--search-mse", type=click.FloatRange(0, 1, min_open=True, max_open=True),
              help="Distortion for the search to meet. Default: --target-mse, or by latent_dim.")  # fmt: skip
@click.option("--batch-size", type=click.IntRange(1), default=256, show_default=True, help="Pictures a step.")
@click.option("--learning-rate", type=click.FloatRange(0, min_open=True), default=1e-3, show_default=True)
@click.option("--weight-decay", type=click.FloatRange(0), default=1e-4, show_default=True)
@click.option("--prior-weights", type=click.IntRange(1),
              help="Size of the prior, weights between its hidden layers. Default: by latent_dim.")  # fmt: skip
@click.option("--lossless/--lossy-only", default=None,
              help="Add a residual coder, for exact files. Default: from latent_dim 784.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), default="auto", show_default=True)
@click.option("--threads", type=click.IntRange(1), help="Processor threads. Default: PyTorch's.")
@click.option("--run", type=click.Path(path_type=Path),
              help="Folder for checkpoint and metrics. Default: runs/DATASET-LATENT_DIM.")  # fmt: skip
@click.option("--continue-from", "continues", type=click.Path(path_type=Path),
              help="Begin with the training.ckpt of another run of the same pictures, for another target: only the"
                   " last two phases are run. Needs another --run.")  # fmt: skip
@click.option("--restart", is_flag=True, help="Begin anew where a checkpoint is there; else it is resumed.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def train(output: Path, run: Path | None, restart: bool, quiet: bool, download: bool, **keys: Any) -> None:
    """Train a model and release it.

    Needs the extra: pip install "aecodec[train]". Interrupted training resumes from its
    checkpoint, bit for bit, when the same command is given again.
    """
    try:
        import torch

        from aecodec.train.config import Settings
        from aecodec.train.data import load, pick_device
        from aecodec.train.loop import Training
        from aecodec.train.release import release
    except ModuleNotFoundError as error:
        raise UsageError(f'{error.name} is missing; training needs: pip install "aecodec[train]"') from error
    settings = Settings(**keys)
    device = pick_device(settings.device)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    try:
        pictures = load(settings.dataset, settings.data_dir, settings.images, device, download=download)
        training = Training(settings, pictures, device)
        folder = run or Path("runs") / f"{pictures.name}-{settings.latent_dim}"
        checkpoint = folder / "training.ckpt"
        if settings.continues and settings.continues.resolve() == checkpoint.resolve():
            raise ValueError(f"a run cannot continue from its own {checkpoint}: name another folder with --run")
        if checkpoint.exists() and not restart:
            training.resume(checkpoint)
        elif settings.continues:
            training.continue_from(settings.continues)
    except (FileNotFoundError, ValueError) as error:
        raise UsageError(str(error)) from error
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "metrics.jsonl").open("a") as log, _progress(quiet, training.steps) as show:

        def report(event: dict[str, Any]) -> None:
            show(event)
            if event["event"] == "epoch":
                log.write(json.dumps(event) + "\n")
                log.flush()

        training.run(checkpoint, report)
    made = release(training, output)
    figures = made.description["validation"][-1]
    click.echo(f"{made.path}: validation MSE {figures['mse']:.6f}, {figures['bytes']:.2f} bytes a picture", err=True)


class _progress:  # noqa: N801 - used as a function
    """A progress bar on stderr: a context manager that gives a function of events."""

    def __init__(self, quiet: bool, steps: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        text = TextColumn("{task.description}")
        console = Console(stderr=True, quiet=quiet)
        self._bar = Progress(text, BarColumn(), TimeRemainingColumn(), console=console)
        self._task = self._bar.add_task("training", total=steps)

    def __enter__(self) -> Any:
        self._bar.start()
        return self._show

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _show(self, event: dict[str, Any]) -> None:
        if event["event"] == "epoch":
            mse, bits = event["validation_mse"], event["validation_bits"]
            text = f"{event['phase']}: validation MSE {mse:.5f}, {bits / 8:.1f} bytes"
        else:
            text = f"MSE {event['mse']:.5f}, {event['bits'] / 8:.1f} bytes"
        self._bar.update(self._task, completed=event["step"], description=text)
