"""The figures of a report's page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from aecodec.bench.document import LATENTS, PICTURES, RATES, SIZES, Drawn
from aecodec.bench.figures import FIGURES, Material, make
from aecodec.bench.figures.samples import Samples
from aecodec.bench.figures.saving import svg
from aecodec.bench.rows import AECODEC, Report
from aecodec.codec.quality import BEST
from aecodec.data import Collection
from aecodec.errors import ModelError, UsageError
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
    """SVG by caption by section, of the models that the report has figures of.

    A figure that lacks something is told of and left out. ``limit`` is the largest number of pictures that any of
    them takes, None for each one's own. Raises UsageError where matplotlib or another library of figures is missing.
    """
    lossy = [row for row in report.rows if row.codec == AECODEC and not row.lossless and row.forms]
    dims = list(dict.fromkeys(row.latent_dim for row in lossy if row.latent_dim is not None))
    models = [row.setting for row in lossy if row.latent_dim is None and row.quality == BEST]
    samples = None
    if dims or models:
        samples = Samples(collection, Zoo(), latent_dims=dims, models=models, effort=effort, limit=limit, say=tell)
    material = Material((report,), None, samples)
    drawn: dict[str, dict[str, str]] = {}
    for section, names in SECTIONS.items():
        for name in names:
            try:
                figures = make(name, material)
            except (UsageError, ModelError) as error:
                tell(f"{name} is left out: {error}")
                continue
            for figure in figures:
                caption = f"{FIGURES[name].description} ({figure.get_label()})"
                drawn.setdefault(section, {})[caption] = svg(figure)
    return drawn
