"""A grid of latents: convolutional transforms of whole pictures, hyperprior and context, in exact integers."""

from aecodec.late import late

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from aecodec.grid.differences import with_differences
    from aecodec.grid.model import Coded, GridModel, grid_size
    from aecodec.grid.nearest import resembles
    from aecodec.grid.references import shown
    from aecodec.grid.search import refined
    from aecodec.grid.transforms import POSTFILTER
else:
    __getattr__ = late(
        __name__,
        {
            ".differences": ("with_differences",),
            ".model": ("Coded", "GridModel", "grid_size"),
            ".nearest": ("resembles",),
            ".references": ("shown",),
            ".search": ("refined",),
            ".transforms": ("POSTFILTER",),
        },
    )

__all__ = ["POSTFILTER", "Coded", "GridModel", "grid_size", "refined", "resembles", "shown", "with_differences"]
