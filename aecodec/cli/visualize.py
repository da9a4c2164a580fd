"""``aecodec visualize``: figures from reports, and from the models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aecodec.cli.params import LATENT_DIMS, Several
from aecodec.cli.shared import (
    as_typed,
    emit,
    examples,
    force_option,
    json_option,
    model_path_option,
    quiet_option,
    say,
    show,
)
from aecodec.codec.options import DEFAULT_EFFORT
from aecodec.errors import ModelError, UsageError
from aecodec.files import check_target, write_file
from aecodec.zoo import Zoo

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from aecodec.bench.figures import Kind
    from aecodec.bench.figures.samples import Samples

ALL = "all"
FORMATS = ("svg", "png", "pdf")


@dataclass(frozen=True)
class _Source:
    """Pictures and models, as the options name them; opened when a figure first asks for them."""

    dataset: str
    data_dir: Path
    download: bool
    latent_dims: tuple[int, ...]
    models: tuple[str, ...]
    model_path: tuple[str, ...]
    limit: int | None
    effort: int
    quiet: bool

    @cached_property
    def samples(self) -> Samples:
        """Raises UsageError where the pictures are missing, ModelError where a model is."""
        from aecodec.bench.figures.samples import Samples
        from aecodec.data import load

        return Samples(
            load(self.dataset, self.data_dir, download=self.download),
            Zoo(self.model_path),
            latent_dims=self.latent_dims,
            models=self.models,
            effort=self.effort,
            limit=self.limit,
            say=(lambda _: None) if self.quiet else say,
        )

    @property
    def alone(self) -> int | None:
        """The latent_dim of the lossy model where there is but one."""
        if len(self.models) == 1:
            return Zoo(self.model_path).by_id(self.models[0]).latent_dim
        return self.latent_dims[0] if len(self.latent_dims) == 1 and not self.models else None


@dataclass(frozen=True)
class _Target:
    """Where files go, and as what."""

    folder: Path
    formats: tuple[str, ...]
    force: bool
    written: list[Path] = field(default_factory=list)

    def check(self, kinds: Mapping[str, Kind], source: _Source) -> None:
        """Refuse before any work what would be refused after it."""
        from aecodec.bench.figures import labels

        if not self.folder.exists():
            return
        for name, wanted in kinds.items():
            for label in labels(name, source.alone if wanted.parts else None):
                for form in self.formats:
                    check_target(self._path(label, form), force=self.force)

    def write(self, figure: Figure) -> Iterator[tuple[Path, int]]:
        """Path and bytes of each file."""
        from aecodec.bench.figures.saving import rendered
        from aecodec.bench.output import make_folder

        make_folder(self.folder)
        for form in self.formats:
            path, data = self._path(str(figure.get_label()), form), rendered(figure, form)
            write_file(path, data, force=self.force)
            self.written.append(Path(path))
            yield Path(path), len(data)

    def _path(self, label: str, form: str) -> str:
        return str(self.folder / f"{label}.{form}")


@click.command(
    epilog=examples(
        "aecodec visualize --list",
        "aecodec visualize rate_distortion latent_dim --report benchmark.json",
        "aecodec visualize scatter manifold --data-dir data --latent-dims 32 -o figures",
        "aecodec visualize --report benchmark.json --growth growth.json --data-dir data --format svg,png,pdf",
    )
)
@click.argument("names", nargs=-1, metavar="[NAME...|all]")
@click.option("--list", "listing", is_flag=True, help="List the figures and what each needs; make none.")
@click.option("--report", "reports", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="Of aecodec benchmark. May be repeated: a figure takes the first that has its rows.")  # fmt: skip
@click.option("--growth", type=click.Path(path_type=Path), metavar="FILE",
              help="Records of files of ever more pictures, as JSON.")  # fmt: skip
@click.option("--dataset", default="mnist", show_default=True, metavar="NAME|PATH",
              help="Test split of mnist, fashion-mnist, kmnist, emnist; or a folder of pictures.")  # fmt: skip
@click.option("--data-dir", type=click.Path(path_type=Path), default=Path("data"), show_default=True,
              help="Folder that holds the data set as torchvision lays it out.")  # fmt: skip
@click.option("--download", is_flag=True, help="Fetch the data set where it is missing.")
@click.option("--latent-dims", type=Several(click.INT), default=LATENT_DIMS, show_default=True,
              help="Lossy models to show; one for it alone.")  # fmt: skip
@click.option("--model", multiple=True, metavar="ID", help="A lossy model's id or file instead. May be repeated.")
@click.option("--limit", type=click.IntRange(1), help="At most so many pictures. Default: each figure's own number.")
@click.option("--effort", type=click.IntRange(0, 9), default=DEFAULT_EFFORT, show_default=True,
              help="Of the encoder's search for the pictures shown.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("figures"), show_default=True,
              metavar="DIR", help="Folder for the figures; made where it is missing.")  # fmt: skip
@click.option("--format", "formats", default="svg,png", show_default=True, help="Of svg, png and pdf.")
@force_option
@json_option
@quiet_option
@model_path_option
def visualize(
    names: tuple[str, ...],
    listing: bool,
    reports: tuple[Path, ...],
    growth: Path | None,
    dataset: str,
    data_dir: Path,
    download: bool,
    latent_dims: tuple[int, ...],
    model: tuple[str, ...],
    model_path: tuple[str, ...],
    limit: int | None,
    effort: int,
    output: Path,
    formats: str,
    force: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Draw figures from a benchmark's report, or from the models and pictures.

    Without names, or for all, every figure is made that can be, and what the others lack is said. A figure that is
    named and lacks something is an error. Needs the extra: pip install "aecodec[bench]".
    """
    from aecodec.bench.album.rows import AlbumReport, read_any
    from aecodec.bench.costs import read_growth
    from aecodec.bench.figures import FIGURES, Material, make
    from aecodec.bench.figures.registry import PICTURES, kind
    from aecodec.bench.rows import Report

    if listing:
        _list(as_json)
        return
    named = [name for name in dict.fromkeys(names) if name != ALL]
    kinds = {name: kind(name) for name in named}
    every = ALL in names or not named
    kinds = FIGURES if every else kinds
    source = _Source(dataset, data_dir, download, latent_dims, model, model_path, limit, effort, quiet)
    target = _Target(output, _formats(formats), force)
    target.check(kinds, source)
    read = [read_any(path) for path in reports]
    given = Material(
        tuple(each for each in read if isinstance(each, Report)),
        None if growth is None else read_growth(growth),
        albums=tuple(each for each in read if isinstance(each, AlbumReport)),
    )
    for name, wanted in kinds.items():
        try:
            material = replace(given, samples=source.samples) if wanted.needs == PICTURES else given
            figures = make(name, material)
        except (UsageError, ModelError) as error:
            if not every:
                raise
            if not quiet:
                say(f"aecodec: {name} is left out: {as_typed(error)}")
            continue
        for figure in figures:
            for path, size in target.write(figure):
                if as_json:
                    emit({"figure": figure.get_label(), "file": str(path), "bytes": size})
                elif not quiet:
                    say(f"{path}: {size:,} bytes")
    if not target.written:
        raise UsageError("no figure can be made of what is given; aecodec visualize --list says what each needs")


def _list(as_json: bool) -> None:
    from aecodec.bench.figures import FIGURES

    width = max(map(len, FIGURES))
    for name, kind in FIGURES.items():
        if as_json:
            emit({"figure": name, "needs": kind.needs, "shows": kind.description})
        else:
            show(f"{name:<{width}}  needs {kind.needs:<8}  {kind.description}")


def _formats(text: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(each.strip() for each in text.split(",") if each.strip()))
    if not found or set(found) - set(FORMATS):
        raise UsageError(f"--format {text!r}: expected some of {', '.join(FORMATS)}, with commas between")
    return found
