"""Bilevel scans in a range-coded stream: first their sizes, then their ink, by a table or by a small network.

One more network codes the ink of scans whose lossy pictures are known.
"""

from aecodec.late import late

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from aecodec.ink.coder import InkCoder
    from aecodec.ink.condition import Condition
    from aecodec.ink.conditional import ConditionalCoder
else:
    __getattr__ = late(
        __name__,
        {
            ".coder": ("InkCoder",),
            ".condition": ("Condition",),
            ".conditional": ("ConditionalCoder",),
        },
    )

__all__ = ["Condition", "ConditionalCoder", "InkCoder"]
