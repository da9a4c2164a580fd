"""A report's page has these figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from aecodec.bench.figures import FIGURES, Material, make
from aecodec.bench.figures.samples import Samples
from aecodec.bench.figures.saving import svg
from aecodec.bench.records.rows import AECODEC, Report
from aecodec.bench.report.document import LATENTS, PICTURES, RATES, SIZES, Drawn
from aecodec.data import Collection
from aecodec.errors import ModelError
from aecodec.zoo import Zoo

SECTIONS: Mapping[str, Sequence[str]] = {
    SIZES: ("latent_dim", "sizes"),
    RATES: ("rate_distortion",),
    PICTURES: ("reconstructions", "bits"),
    LATENTS: ("scatter", "manifold"),
}


def drawings(
    report: Report,
    collection: Collection,
    *,
    effort: int,
    limit: int | None = None,
    tell: Callable[[str], object] = lambda _: None,
) -> Drawn:
    """Return SVG by caption by section, of the models that the report has figures of.

    A figure that lacks something is told of and left out. ``limit`` is the largest number of pictures that any of
    them takes, None for each one's own.
    """
    material = Material((report,), None, _samples(report, collection, effort, limit, tell))
    drawn: dict[str, dict[str, str]] = {}
    for section, names in SECTIONS.items():
        for name in names:
            try:
                for figure in make(name, material):
                    caption = f"{FIGURES[name].description} ({figure.get_label()})"
                    drawn.setdefault(section, {})[caption] = svg(figure)
            except Exception as error:  # whatever it is, a page without it is better than none
                tell(f"{name} is left out: {error}")
    return drawn


def _samples(
    report: Report, collection: Collection, effort: int, limit: int | None, tell: Callable[[str], object]
) -> Samples | None:
    lossy = [row for row in report.rows if row.codec == AECODEC and not row.lossless and row.forms]
    shipped = [row.latent_dim for row in lossy if row.latent_dim and row.setting.startswith("latent_dim")]
    named = [name for row in lossy if not row.setting.startswith("latent_dim") for name in row.models]
    if not lossy:
        return None
    dims, models = list(dict.fromkeys(shipped)), list(dict.fromkeys(named))
    try:
        return Samples(collection, Zoo(), latent_dims=dims, models=models, effort=effort, limit=limit, say=tell)
    except ModelError as error:  # one that was named as a file is in no folder
        tell(f"figures of pictures are left out: {error}")
        return None
