"""The figures of a report's page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from aecodec.bench.document import LATENTS, PICTURES, RATES, SIZES, Drawn
from aecodec.bench.figures import FIGURES, Material, make
from aecodec.bench.figures.samples import Samples
from aecodec.bench.figures.saving import svg
from aecodec.bench.rows import Report
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
    latent_dims: Sequence[int],
    models: Sequence[str],
    effort: int,
    limit: int | None = None,
    tell: Callable[[str], object] = lambda _: None,
) -> Drawn:
    """SVG by caption by section. A figure that lacks something is told of and left out.

    ``limit`` is the largest number of pictures that any of them takes, None for each one's own.
    Raises UsageError where matplotlib or another library of figures is missing.
    """
    samples = None
    if latent_dims or models:
        samples = Samples(
            collection, Zoo(), latent_dims=latent_dims, models=models, effort=effort, limit=limit, say=tell
        )
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
