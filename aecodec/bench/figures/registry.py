"""The module knows every figure by name: what it shows and needs, which module draws it. It imports no matplotlib."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from aecodec.bench.figures.material import Material
from aecodec.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REPORT, GROWTH, PICTURES = "report", "growth", "pictures"


@dataclass(frozen=True)
class Kind:
    """A kind of figure can be made: ``needs`` is one of the three above; ``parts`` end the names of several."""

    description: str
    needs: str
    parts: tuple[str, ...] = ()


FIGURES = {
    "rate_distortion": Kind("bytes a picture against MSE, all codecs", REPORT),
    "rate_psnr": Kind("bits a pixel against PSNR and MS-SSIM, pictures of any size", REPORT),
    "latent_dim": Kind("bytes, ratio and MSE over latent_dim", REPORT),
    "effort": Kind("bytes, MSE and speed over effort", REPORT),
    "qualities": Kind("every model along its qualities, and their hull", REPORT),
    "growth": Kind("bytes, seconds and memory over the number of pictures", GROWTH),
    "reconstructions": Kind("pictures as every model keeps them", PICTURES),
    "scatter": Kind("latent symbols by PCA and by t-SNE, coloured by label", PICTURES, ("pca", "tsne")),
    "manifold": Kind("decoded pictures at their t-SNE places", PICTURES),
    "bits": Kind("where the bits of exact files go, pixel by pixel", PICTURES),
    "sizes": Kind("histograms of single-file sizes", PICTURES),
}


def kind(name: str) -> Kind:
    """Return the kind of that name. Raises UsageError for a name that is not in ``FIGURES``."""
    if name not in FIGURES:
        raise UsageError(f"no figure {name!r}; there are: {', '.join(FIGURES)}")
    return FIGURES[name]


def labels(name: str, alone: int | None = None) -> list[str]:
    """Return the labels of what :func:`make` makes; ``alone`` is the latent_dim where there is but one lossy model."""
    parts = kind(name).parts
    return [f"{name}_{part}" + (f"_{alone}" if alone is not None else "") for part in parts] or [name]


def make(name: str, material: Material) -> list[Figure]:
    """Make the figure ``name``, or its parts, each with its file's name as label.

    Raises UsageError for an unknown name, for what the material lacks, and where matplotlib, scikit-learn or SciPy is
    missing; ModelError for a model that is.
    """
    kind(name)
    try:
        figures: list[Figure] = import_module(f"aecodec.bench.figures.{name}").make(material)
    except ModuleNotFoundError as error:
        raise UsageError(f'{error.name} is missing; figures need: pip install "aecodec[bench]"') from error
    except UsageError as error:
        raise UsageError(f"figure {name}: {error}") from error
    return figures
