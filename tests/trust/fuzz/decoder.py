"""The whole decoder: checksums are repaired, and where a payload was changed also the check of its pixels."""

from __future__ import annotations

import zlib

from aecodec.codec import Decoder
from aecodec.container.frame import CHECKSUM_BYTES
from tests.trust.again import misread
from tests.trust.golden import zoo
from tests.trust.mutators import sealed_again
from tests.trust.repair import rechecked
from tests.trust.repaired import DOCUMENTED, claimed

MOST_CLAIMED = 1 << 11  # samples of whole tiles that are decoded here
ONE_IN = 4  # inputs are decoded twice, and built again


def one(data: bytes) -> None:
    """Raises AssertionError, or what it finds that is not documented."""
    if len(data) <= 2 + CHECKSUM_BYTES:
        return
    data = sealed_again(data)
    try:
        if claimed(Decoder(data, zoo())) > MOST_CLAIMED:
            return
        data = rechecked(data)
        decoder = Decoder(data, zoo())
    except DOCUMENTED:
        return
    if zlib.crc32(data) % ONE_IN:
        return
    wrong = misread("the file", data, decoder, list(decoder))
    assert wrong is None, wrong
