"""Tensors, stored as what differs from those of a base: operations, one for each tensor, packed into one byte string.

Any model can be stored so, whatever its kind: nothing here knows what tensors are for. What comes out is tensors like
those of any other model file.
"""

from aecodec.late import late

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from aecodec.changes.choose import find_changes
    from aecodec.changes.operations import Factors, with_product
    from aecodec.changes.packed import Changes, pack_changes, unpack_changes
else:
    __getattr__ = late(
        __name__,
        {
            ".choose": ("find_changes",),
            ".operations": ("Factors", "with_product"),
            ".packed": ("Changes", "pack_changes", "unpack_changes"),
        },
    )

__all__ = ["Changes", "Factors", "find_changes", "pack_changes", "unpack_changes", "with_product"]
