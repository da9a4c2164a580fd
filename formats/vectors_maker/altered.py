"""Files of drawings that an encoder altered before: some must decode, some are of later versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aecodec.arrays import Picture
from aecodec.codec.tiles import shape_of
from aecodec.container import Shapes
from aecodec.zoo import Model
from formats.vectors_maker.drawings import body_of as drawn_body
from formats.vectors_maker.drawings import icon, plot, text
from formats.vectors_maker.fields import GEOMETRY, MANY, check, sealed, varint
from formats.vectors_maker.following import body_of as following_body
from formats.vectors_maker.following import recoloured
from formats.vectors_maker.pixels import FORM, Made, frame_of, textured
from formats.vectors_maker.pixels import body_of as sampled_body
from formats.vectors_maker.vector import Valid, by_hand

ALTERED = b"\xf3"  # the layers byte; another with the quality follows


def one(model: Model, picture: Picture, body: bytes, quality: int, flags: int = GEOMETRY) -> bytes:
    """A file of one picture, as it was altered."""
    fields = frame_of(picture) if flags & GEOMETRY else b"", body, check([picture])
    return sealed(FORM | flags, model.fingerprint, ALTERED, bytes([quality]), *fields)


def many(model: Model, pictures: Sequence[Picture], body: bytes, quality: int) -> bytes:
    """A container of one block."""
    record = body + check(pictures)
    head = model.fingerprint, ALTERED, bytes([quality]), varint(len(pictures)), varint(len(pictures))
    shapes = Shapes.of(shape_of(picture) for picture in pictures).pack()
    return sealed(FORM | GEOMETRY | MANY, *head, shapes, varint(len(record)), record)


def make_altered(models: Mapping[str, Model]) -> dict[str, Valid]:
    """Field by field: what an encoder alters is its own choice."""
    model, badge, letters, curve = models["drawings"], icon(740), text(741, 11, 15), plot(742, 12, 17)
    slope, pair = textured(743, 9, 12), [letters, recoloured(letters, 744)]
    return {
        "altered-0": (
            by_hand("drawings altered at quality 0", one(model, badge, drawn_body([badge], model), 0), [badge])
        ),
        "altered-100": by_hand(
            "a drawing altered at quality 100", one(model, curve, drawn_body([curve], model), 100), [curve]
        ),
        "altered-sampled": by_hand(
            "altered, and kept by method 7", one(model, slope, sampled_body([slope], model), 50), [slope]
        ),
        "altered-following": by_hand(
            "altered, the second by method 15 after the first",
            many(model, pair, following_body(pair, [0, 1], model), 37),
            pair,
        ),
    }


def later_altered(models: Mapping[str, Model]) -> Made:
    """What this version must call unsupported."""
    model, badge = models["drawings"], icon(740)
    body = drawn_body([badge], model)
    return {
        "altered-101": ("drawings altered at a quality above 100", one(model, badge, body, 101)),
        "altered-sizeless": ("layers F3 without GEOMETRY", one(model, badge, body, 50, flags=0)),
    }
