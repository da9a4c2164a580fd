"""Each module makes one figure, drawn from a report or from the models.

Each module gathers what it shows (``gather``), draws it (``draw``, which knows no files) and does both (``make``);
:mod:`aecodec.bench.figures.registry` lists them, :mod:`aecodec.bench.figures.saving` turns them into bytes.
"""

from aecodec.bench.figures.material import Material
from aecodec.bench.figures.registry import FIGURES, Kind, labels, make

__all__ = ["FIGURES", "Kind", "Material", "labels", "make"]
