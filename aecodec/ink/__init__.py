"""Bilevel scans in a stream: their sizes, then their ink under a table or a small network, or given lossy pictures."""

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
