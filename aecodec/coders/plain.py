"""The plain coders, which take planes as bytes and need no model: methods 0 to 2."""

from __future__ import annotations

from aecodec.arrays import Plane
from aecodec.coders.protocol import Frame, Needs
from aecodec.frozen import dataclass
from aecodec.lossless import decode_plain
from aecodec.lossless.plain import DEFLATED, DIFFERENCED, STORED
from aecodec.zoo import Model


@dataclass(frozen=True)
class PlainCoder:
    """A Coder of planes that are stored, deflated or differenced."""

    method: int
    title: str
    needs = Needs.NOTHING

    def decode(self, body: bytes, frame: Frame, model: Model | None) -> list[Plane]:
        """See Coder."""
        return decode_plain(self.method, body, frame.sizes)


PLAIN = (
    PlainCoder(STORED, "stored"),
    PlainCoder(DEFLATED, "deflated"),
    PlainCoder(DIFFERENCED, "differenced and deflated"),
)
