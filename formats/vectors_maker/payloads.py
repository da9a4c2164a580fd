"""Lossy files that must not decode: broken payloads, checks and alpha planes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aecodec.zoo import Model
from formats.vectors_maker.fields import (
    EXACT,
    GEOMETRY,
    GREY,
    LA,
    MODEL,
    MODELLED,
    STORED,
    check,
    container,
    escaping,
    geometry,
    named,
    payload_of,
    sealed,
    varint,
)


def broken_payloads(models: Mapping[str, Model]) -> dict[str, tuple[str, bytes]]:
    model = models["plain"]
    symbols = [[0, 1, -1, 2, 0, -1]]
    tile = model.tiles.networks.synthesise(np.array(symbols, np.int8))[0]
    payload, end = payload_of(model, symbols), check([tile])[3:]
    exact = payload_of(model, symbols, tile[None])
    low = int(model.tiles.networks.prior.high[0])

    def lossy(body: bytes) -> bytes:
        return sealed(MODEL, model.fingerprint, body, end)

    def tight(body: bytes) -> bytes:
        return sealed(MODEL | EXACT, model.fingerprint, body, end)

    def alpha(field: bytes) -> bytes:
        both = np.stack([tile, tile], -1)
        return sealed(MODEL | GEOMETRY, model.fingerprint, geometry(LA, 8, 8), field, payload, check([both])[3:])

    native = model.fingerprint, geometry(GREY, 8, 8), payload, end
    head = model.fingerprint + varint(2) + varint(2)
    both = payload_of(model, symbols * 2) + check([tile, tile])
    return {
        "payload-zero": ("a payload that ends in 00", lossy(payload + b"\0")),
        "payload-long": ("a payload longer than the words read", lossy(payload.ljust(64, b"\0") + b"\x01")),
        "payload-exact-zero": ("the same with method 3: a final 00", tight(exact + b"\0")),
        "payload-exact-long": ("the same with method 3: too long",
                               tight(exact.ljust(256, b"\0") + b"\x01")),
        "payload-state": ("a state that no symbol leads to", lossy(b"\xff" * 8)),
        "symbol-above": ("a symbol of 128", lossy(escaping(model.tiles.networks.prior, 128 - low))),
        "excess-long": ("an excess of nine zeros", lossy(escaping(model.tiles.networks.prior, 512))),
        "check-lossy": ("a check of other pixels", sealed(MODEL, model.fingerprint, payload, bytes([end[0] ^ 1]))),
        "geometry-native": ("a geometry that is the model's own", sealed(MODEL | GEOMETRY, *native)),
        "geometry-native-many": ("the same in a container",
                                 container(MODEL | GEOMETRY, head, varint(2) + geometry(GREY, 8, 8), [both])),
        "alpha-method-3": ("alpha by method 3", alpha(named(MODELLED + tile.tobytes()))),
        "alpha-method-4": ("alpha by an unknown method", alpha(named(b"\x04" + tile.tobytes()))),
        "alpha-empty": ("alpha without a method", alpha(varint(0))),
        "alpha-short": ("alpha of too few bytes", alpha(named(STORED + tile.tobytes()[:-1]))),
        "alpha-past-end": ("alpha that runs past the end", alpha(varint(999) + STORED + tile.tobytes())),
    }  # fmt: skip
