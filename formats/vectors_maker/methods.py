"""The numbers of methods of pictures of any size, as the format document has them."""

PIXELS, QUICK, DRAWINGS, PACKED, FOLLOWING = 7, 8, 9, 11, 15
CUT, TURNED = 16, 32  # more: in pieces, or turned
