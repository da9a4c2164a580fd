"""Files of method 5, whose ink a network predicts: some must decode, some must not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from aecodec.arrays import Picture
from aecodec.codec.options import DEFAULT_EFFORT
from aecodec.codec.plan import Plan
from aecodec.scans import draw
from aecodec.zoo import Model
from formats.vectors_maker.by_package import by_package
from formats.vectors_maker.exact import reduced
from formats.vectors_maker.fields import (
    EXACT,
    GEOMETRY,
    LA,
    MODEL,
    MODELLED,
    NETWORK,
    SCANS,
    check,
    container,
    geometry,
    named,
    payload_of,
    payload_of_scans,
    sealed,
    varint,
)
from formats.vectors_maker.pictures import near_base, ring
from formats.vectors_maker.vector import Valid, by_hand, goes_through_deflate

UNKNOWN = b"\x06"  # a method


def make_network(models: Mapping[str, Model]) -> dict[str, Valid]:
    """Made by the encoder, and by hand what does not depend on its search for scans."""
    model = models["network"]
    drawn = [reduced(side, seed) for seed, side in enumerate((20, 27, 34, 41, 53))]
    other = [reduced(side, seed) for seed, side in enumerate((23, 29, 38, 46), 5)]
    large, alpha = (np.block([four[:2], four[2:4]]) for four in (drawn, other))
    mixed = [*drawn[:2], *near_base(model, 2, 40), drawn[3]]

    def encoded(shows: str, pictures: Picture | Sequence[Picture], effort: int = DEFAULT_EFFORT) -> Valid:
        many = not isinstance(pictures, np.ndarray)
        batch = [pictures] if isinstance(pictures, np.ndarray) else pictures
        data = by_package(batch, Plan(model, True, effort), many=many)
        arguments = {"model": "vector-network", "lossless": True, "many": many, "names": None, "effort": effort}
        return Valid(shows, data, batch, None, None, arguments, goes_through_deflate(data))

    return {
        "network-native": encoded("method 5 in a file of one picture: no method byte", drawn[2]),
        "network-native-fast": encoded("the same at effort 0, which leaves no other method", drawn[3], 0),
        "network-many": encoded("method 5, origins of several sides in one block", drawn),
        "network-mixed": encoded("tiles with an origin among tiles without", mixed),
        "network-mixed-fast": encoded("the same at effort 0: method 4 with a model that has a network", mixed, 0),
        "network-none": encoded("method 5, and no tile has an origin", near_base(model, 1, 41)[0]),
        "network-large": encoded("a picture of four tiles, by method 5", large),
        "network-la": encoded("grey and alpha, eight tiles", np.stack([large, alpha], -1)),
        "network-sides": _sizes(model),
        "network-methods": _methods(model),
    }


def _sizes(model: Model) -> Valid:
    """All scan sizes modulo 4, the smallest and the largest, rings and noise."""
    rng = np.random.default_rng(42)
    scans = [ring(83, 2), ring(20, 1), *(rng.integers(0, 2, (side, side), np.uint8) for side in (22, 37, 20))]
    pictures = [draw(bits, model.tiles.tile) for bits in scans]
    record = NETWORK + payload_of_scans(model, scans, NETWORK) + check(pictures)
    head = model.fingerprint + varint(len(pictures)) + varint(len(pictures))
    return by_hand("origins of sides 20 to 83", container(MODEL | EXACT, head, b"", [record]), pictures)


def _methods(model: Model) -> Valid:
    bits, picture = ring(29, 3), draw(ring(29, 3), model.tiles.tile)
    near = near_base(model, 1, 43)[0]
    records = [
        *(method + payload_of_scans(model, [bits], method) + check([picture]) for method in (SCANS, NETWORK)),
        MODELLED + payload_of(model, model.tiles.networks.analyse(near[None]), near[None]) + check([near]),
    ]
    head = model.fingerprint + varint(3) + varint(1)
    return by_hand(
        "blocks of methods 4, 5 and 3", container(MODEL | EXACT, head, b"", records), [picture, picture, near]
    )


def corrupt_network(models: Mapping[str, Model]) -> dict[str, tuple[str, bytes]]:
    """Broken payloads, checks and alpha planes."""
    model, bits = models["network"], ring(29, 3)
    picture = draw(bits, model.tiles.tile)
    end = check([picture])
    payload, of_table = (payload_of_scans(model, [bits], method) for method in (NETWORK, SCANS))
    blank = payload_of_scans(model, [bits * 0], NETWORK)
    both = np.stack([picture, picture], -1)

    def native(body: bytes, check: bytes = end[3:]) -> bytes:
        return sealed(MODEL | EXACT, model.fingerprint, body, check)

    def one_of_many(record: bytes) -> bytes:
        return container(MODEL | EXACT, model.fingerprint + varint(1) + varint(1), b"", [record + end])

    size, alpha = geometry(LA, *picture.shape[::-1]), named(NETWORK + picture.tobytes())
    lossy = payload_of(model, model.tiles.networks.analyse(picture[None])), check([both])[3:]
    return {
        "network-zero": ("method 5: a payload that ends in 00", native(payload + b"\0")),
        "network-long": ("method 5: a payload longer than the words read",
                         native(payload.ljust(len(payload) + 16, b"\0") + b"\x01")),
        "network-cut": ("method 5: half a payload", native(payload[: len(payload) // 2].rstrip(b"\0"))),
        "network-state": ("method 5: a state that no symbol leads to", native(b"\xff" * 8)),
        "network-blank": ("method 5: an origin without ink", native(blank, check([picture * 0])[3:])),
        "network-check": ("method 5: a check of other pixels", native(payload, bytes([end[3] ^ 1]))),
        "network-of-table": ("a payload of method 4 where the record says 5", one_of_many(NETWORK + of_table)),
        "table-of-network": ("a payload of method 5 where the record says 4", one_of_many(SCANS + payload)),
        "native-of-table": ("a payload of method 4 in a file of one picture, whose model has a network",
                            native(of_table)),
        "alpha-method-5": ("alpha by method 5", sealed(MODEL | GEOMETRY, model.fingerprint, size, alpha, *lossy)),
    }  # fmt: skip


def unknown_methods(models: Mapping[str, Model]) -> dict[str, tuple[str, bytes]]:
    """Method 5 without MODEL, and the one after it."""
    model = models["network"]
    picture, head = draw(ring(29, 3), model.tiles.tile), model.fingerprint + varint(1) + varint(1)
    size = geometry(0, *picture.shape[::-1])
    return {
        "method-5": ("method 5 without MODEL", sealed(EXACT | GEOMETRY, size, NETWORK, check([picture])[3:])),
        "method-6": ("a method that is unknown", sealed(EXACT | GEOMETRY, size, UNKNOWN, check([picture])[3:])),
        "method-6-model": (
            "the same with a model that has a network",
            container(MODEL | EXACT, head, b"", [UNKNOWN + check([picture])]),
        ),
    }


def missing_networks(models: Mapping[str, Model]) -> dict[str, tuple[str, bytes]]:
    """Method 5 with a model that cannot serve it."""
    shows = {
        "ink": "an ink coder that has no network",
        "plain": "no ink coder",
        "lossy-only": "neither an ink nor a residual coder",
    }

    def file(model: Model) -> bytes:
        end = check([np.zeros(model.tiles.tile, np.uint8)])
        return container(MODEL | EXACT, model.fingerprint + varint(1) + varint(1), b"", [NETWORK + end])

    return {
        f"network-model-{name}": (f"method 5 with a model that has {what}", file(models[name]))
        for name, what in shows.items()
    }
