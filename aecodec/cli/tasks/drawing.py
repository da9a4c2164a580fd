"""How ``aecodec visualize`` gathers what figures need, draws them, and writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from aecodec.cli.plumbing.failures import as_typed
from aecodec.cli.plumbing.lines import say
from aecodec.cli.plumbing.product import emit, show
from aecodec.errors import ModelError, UsageError
from aecodec.files import check_target, write_file
from aecodec.frozen import dataclass
from aecodec.zoo import Zoo

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from aecodec.bench.figures import Kind
    from aecodec.bench.figures.samples import Samples

ALL = "all"
FORMATS = ("svg", "png", "pdf")


@dataclass(frozen=True)
class Asked:
    """These are the options of ``aecodec visualize``, but for ``--list``."""

    names: tuple[str, ...]
    reports: tuple[Path, ...]
    growth: Path | None
    dataset: str
    data_dir: Path
    download: bool
    latent_dims: tuple[int, ...]
    models: tuple[str, ...]
    model_path: tuple[str, ...]
    limit: int | None
    effort: int
    output: Path
    formats: str
    force: bool
    as_json: bool
    quiet: bool


@dataclass(frozen=True)
class Source:
    """A source has pictures and models, as the options name them; it is opened when a figure first asks for them."""

    asked: Asked

    @cached_property
    def samples(self) -> Samples:
        """Return pictures and models. Raises UsageError if pictures are missing, ModelError if a model is."""
        from aecodec.bench.figures.samples import Samples
        from aecodec.data import load

        asked = self.asked
        return Samples(
            load(asked.dataset, asked.data_dir, download=asked.download),
            Zoo(asked.model_path),
            latent_dims=asked.latent_dims,
            models=asked.models,
            effort=asked.effort,
            limit=asked.limit,
            say=(lambda _: None) if asked.quiet else say,
        )

    @property
    def alone(self) -> int | None:
        """Return the latent_dim of the lossy model where there is but one."""
        asked = self.asked
        if len(asked.models) == 1:
            return Zoo(asked.model_path).by_id(asked.models[0]).latent_dim
        return asked.latent_dims[0] if len(asked.latent_dims) == 1 and not asked.models else None


@dataclass(frozen=True)
class Target:
    """A target says where files go, and as what."""

    folder: Path
    formats: tuple[str, ...]
    force: bool
    written: list[Path] = field(default_factory=list)

    def check(self, kinds: Mapping[str, Kind], source: Source) -> None:
        """Refuse before any work what would be refused after it."""
        from aecodec.bench.figures import labels

        if not self.folder.exists():
            return
        for name, wanted in kinds.items():
            for label in labels(name, source.alone if wanted.parts else None):
                for form in self.formats:
                    check_target(self._path(label, form), force=self.force)

    def write(self, figure: Figure) -> Iterator[tuple[Path, int]]:
        """Write a figure in each format; give the path and the bytes of each file."""
        from aecodec.bench.figures.saving import rendered
        from aecodec.bench.report.output import make_folder

        make_folder(self.folder)
        for form in self.formats:
            path, data = self._path(str(figure.get_label()), form), rendered(figure, form)
            write_file(path, data, force=self.force)
            self.written.append(Path(path))
            yield Path(path), len(data)

    def _path(self, label: str, form: str) -> str:
        return str(self.folder / f"{label}.{form}")


def list_figures(as_json: bool) -> None:
    """Show each figure with what it needs and shows."""
    from aecodec.bench.figures import FIGURES

    width = max(map(len, FIGURES))
    for name, kind in FIGURES.items():
        if as_json:
            emit({"figure": name, "needs": kind.needs, "shows": kind.description})
        else:
            show(f"{name:<{width}}  needs {kind.needs:<8}  {kind.description}")


def formats_of(text: str) -> tuple[str, ...]:
    """Return the formats that ``text`` names, each once; raises UsageError for one that there is not."""
    found = tuple(dict.fromkeys(each.strip() for each in text.split(",") if each.strip()))
    if not found or set(found) - set(FORMATS):
        raise UsageError(f"--format {text!r}: expected some of {', '.join(FORMATS)}, with commas between")
    return found


def draw(asked: Asked) -> None:
    """Make the figures that are named, or without names and for ``all`` every one that can be made.

    Raises UsageError or ModelError if a figure that is named lacks something, and where none can be made.
    """
    from aecodec.bench.figures import FIGURES, Material, make
    from aecodec.bench.figures.registry import PICTURES, kind
    from aecodec.bench.records.album import AlbumReport, read_any
    from aecodec.bench.records.costs import read_growth
    from aecodec.bench.records.rows import Report

    source, target = Source(asked), Target(asked.output, formats_of(asked.formats), asked.force)
    named = [name for name in dict.fromkeys(asked.names) if name != ALL]
    kinds = {name: kind(name) for name in named}
    every = ALL in asked.names or not named
    kinds = FIGURES if every else kinds
    target.check(kinds, source)
    read = [read_any(path) for path in asked.reports]
    given = Material(
        tuple(each for each in read if isinstance(each, Report)),
        None if asked.growth is None else read_growth(asked.growth),
        albums=tuple(each for each in read if isinstance(each, AlbumReport)),
    )
    for name, wanted in kinds.items():
        try:
            material = replace(given, samples=source.samples) if wanted.needs == PICTURES else given
            figures = make(name, material)
        except (UsageError, ModelError) as error:
            if not every:
                raise
            if not asked.quiet:
                say(f"aecodec: {name} is left out: {as_typed(error)}")
            continue
        for figure in figures:
            for path, size in target.write(figure):
                if asked.as_json:
                    emit({"figure": figure.get_label(), "file": str(path), "bytes": size})
                elif not asked.quiet:
                    say(f"{path}: {size:,} bytes")
    if not target.written:
        raise UsageError("no figure can be made of what is given; aecodec visualize --list says what each needs")
