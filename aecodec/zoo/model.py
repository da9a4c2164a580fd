"""A model that was loaded from its file, and has passed its checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from aecodec.errors import ModelError
from aecodec.exact.tensors import whole
from aecodec.frozen import dataclass
from aecodec.kinds.parts import RESIDUAL_CODER
from aecodec.zoo.role import Purpose, Role

if TYPE_CHECKING:
    from aecodec.ink import InkCoder
    from aecodec.kinds import Codec, LossyCodec, PixelCodec, TileCodec
    from aecodec.lossless import ResidualCoder

FINGERPRINT_BYTES = 4


@dataclass(frozen=True)
class Model:
    """``data`` is its whole file, ``description`` its metadata, ``purpose`` what the file says that it is for.
    ``bases`` are the whole files that it is stored as what differs from; as a rule there are none.

    Other processes get it as its file, and check it as if they had read it (:mod:`aecodec.zoo.kept`).
    """

    id: str
    sha256: str
    data: bytes = field(repr=False)
    description: Mapping[str, Any]
    built: Codec
    purpose: Purpose
    bases: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def size(self) -> int:
        """Bytes of its file."""
        return len(self.data)

    @property
    def fingerprint(self) -> bytes:
        """The first bytes of the file's SHA-256, as containers carry them."""
        return bytes.fromhex(self.sha256)[:FINGERPRINT_BYTES]

    @property
    def codec(self) -> LossyCodec:
        """The lossy codec; raises ModelError for a model that has none."""
        if self.built.lossy is None:
            raise ModelError(f"model {self.id} is for exact pixels alone; lossy compression needs another")
        return self.built.lossy

    @property
    def pixels(self) -> PixelCodec | None:
        """What keeps exact pixels of pictures of any size, None in a model without it."""
        return self.built.pixels

    @property
    def is_lossy(self) -> bool:
        """Whether it has a lossy codec."""
        return self.built.lossy is not None

    @property
    def native(self) -> tuple[int, int] | None:
        """Height and width of the grey pictures that need no geometry in a file, or None if there are none."""
        return self.built.native

    @property
    def role(self) -> Role | None:
        """That of its purpose, or None if its codec is not of a kind that can be taken for it."""
        role = self.purpose.role
        can = {
            Role.GENERAL: self.is_lossy and self.native is None,
            Role.COLLECTION: self.native is not None,
            Role.EXACT: RESIDUAL_CODER in self.built.parts,
            Role.PIXELS: self.pixels is not None,
            Role.ADAPTED: self.native is None,
        }
        return role if role is not None and can[role] else None

    @property
    def latent_dim(self) -> int:
        """The nominal dimension of the latent space of a tile, unused latents included; 0 for another kind."""
        return whole(self.description.get("latent_dim", 0))

    @property
    def tiles(self) -> TileCodec:
        """The codec of a model of tiles; raises ModelError for another kind."""
        from aecodec.kinds import TileCodec  # which models of other kinds need not wait for

        if not isinstance(self.built, TileCodec):
            raise ModelError(f"model {self.id} is of kind {self.built.kind}; this needs one of kind {TileCodec.kind}")
        return self.built

    @property
    def residual(self) -> ResidualCoder | None:
        """What makes tiles exact, None in a model without it."""
        return self.built.residual

    @property
    def ink(self) -> InkCoder | None:
        """What codes the scans that tiles come from, None in a model without it."""
        return self.built.ink
