"""Exact integer inference: the same integers on every machine, carried in float32.

If inputs and weights are integers and, for every output channel,
``max|x| * sum|w| + |b|`` stays below 2**24, every partial sum in every order is exact
in float32, so any BLAS, thread count and batch size give the same bits. Layers are
checked against that bound when they are built.
"""

from aecodec.late import late

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from aecodec.exact.affine import Affine, scaled_affine
    from aecodec.exact.chain import Chain, build_chain
    from aecodec.exact.gradient import Gradient, Trace
else:
    __getattr__ = late(
        __name__,
        {
            ".affine": ("Affine", "scaled_affine"),
            ".chain": ("Chain", "build_chain"),
            ".gradient": ("Gradient", "Trace"),
        },
    )

__all__ = ["Affine", "Chain", "Gradient", "Trace", "build_chain", "scaled_affine"]
