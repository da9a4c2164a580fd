"""Exact coding of pictures of 9 to 16 bits a sample, with the predictions, networks and tables for 8 bits."""

from aecodec.late import late

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from aecodec.pixels.deep.blocks import decode_deep_images, encode_deep_images
    from aecodec.pixels.deep.by_networks import DeepNetworkWalk
    from aecodec.pixels.deep.coder import DeepBegin
    from aecodec.pixels.deep.quick import DeepQuickWalk
else:
    __getattr__ = late(
        __name__,
        {
            ".blocks": ("decode_deep_images", "encode_deep_images"),
            ".by_networks": ("DeepNetworkWalk",),
            ".coder": ("DeepBegin",),
            ".quick": ("DeepQuickWalk",),
        },
    )

__all__ = ["DeepBegin", "DeepNetworkWalk", "DeepQuickWalk", "decode_deep_images", "encode_deep_images"]
