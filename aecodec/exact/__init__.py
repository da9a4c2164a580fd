"""Exact integer inference: the same integers on every machine, carried in float32.

Inputs and weights are integers. Where ``max|x| * sum|w| + |b|`` is below 2**24 for every output channel, float32 has
every partial sum exactly, in any order. So any BLAS, number of threads and batch size give the same bits. Layers are
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
