"""The lossy scheme of grids: convolutional transforms of whole pictures, a hyperprior with context, exact integers."""

from aecodec.late import late

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from aecodec.grid.differences import with_differences
    from aecodec.grid.model import Coded, GridModel
    from aecodec.grid.nearest import resembles
    from aecodec.grid.places import grid_size
    from aecodec.grid.references import shown
    from aecodec.grid.search import refined, slope_of
else:
    __getattr__ = late(
        __name__,
        {
            ".differences": ("with_differences",),
            ".model": ("Coded", "GridModel"),
            ".nearest": ("resembles",),
            ".places": ("grid_size",),
            ".references": ("shown",),
            ".search": ("refined", "slope_of"),
        },
    )

__all__ = ["Coded", "GridModel", "grid_size", "refined", "resembles", "shown", "slope_of", "with_differences"]
