"""Files of two layers that must not decode."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aecodec.scans import Scan, draw_at
from aecodec.zoo import Model
from formats.vectors_maker.fields import (
    GEOMETRY,
    GREY,
    LA,
    MANY,
    MODELLED,
    NAMES,
    NETWORK,
    OVER,
    SCANS,
    STORED,
    check,
    geometry,
    named,
    payload_of,
    payload_over,
    resealed,
    two_layers,
    varint,
)
from formats.vectors_maker.pictures import ring

Made = dict[str, tuple[str, bytes]]
UNKNOWN = b"\x07"  # a method


class Sound:
    """The parts of a sound file of one picture, by models of tiles 24 x 28; callers replace some of them."""

    def __init__(self, models: Mapping[str, Model]) -> None:
        self.base, self.exact = models["ink"], models["based"]
        symbols = np.array([[1, -1]], np.int8)
        self.lossy = self.base.tiles.networks.synthesise(symbols)
        self.scan = Scan(ring(29, 3), 2, 4)
        self.picture = draw_at(self.scan, self.exact.tiles.tile)
        self.first = payload_of(self.base, symbols) + check(list(self.lossy))[3:]
        self.payload = payload_over(self.exact, self.picture[None], self.lossy, [self.scan])
        self.residual = payload_over(self.exact, self.picture[None], self.lossy)
        self.end = check([self.picture])
        self.record = OVER + self.payload + self.end[3:]

    def file(
        self,
        flags: int = 0,
        first: bytes | None = None,
        record: bytes | None = None,
        base: bytes | None = None,
        exact: bytes | None = None,
        layers: int = 0x10,
    ) -> bytes:
        second = (exact or self.exact.fingerprint) + (self.record if record is None else record)
        return two_layers(flags, base or self.base.fingerprint, first or self.first, second, layers)

    def two(self, index: bytes, records: bytes | None = None) -> bytes:
        """A container of the picture twice, in blocks of one."""
        first = self.first[:-1] + check(list(self.lossy))
        fields = varint(2) + varint(1) + varint(len(first)) * 2 + first * 2
        second = self.exact.fingerprint + index + (self.many * 2 if records is None else records)
        return two_layers(MANY, self.base.fingerprint, fields, second)

    @property
    def many(self) -> bytes:
        """The second layer's record in a container."""
        return OVER + self.payload + self.end


def corrupt_layers(models: Mapping[str, Model]) -> Made:
    """Cut short, or with one field that is wrong."""
    sound = Sound(models)
    data, start = sound.file(), 9  # behind the length, which is one byte
    stop = start + len(sound.first) + 4
    assert data[8] == len(sound.first)
    blank = payload_over(sound.exact, sound.picture[None], sound.lossy, [Scan(ring(29, 3) * 0, 2, 4)])
    plain, end, size = sound.picture.tobytes(), sound.end[3:], len(sound.many)
    wrong = bytes([sound.end[0] ^ 1]) + sound.end[1:]
    both = np.stack([sound.lossy[0], sound.lossy[0]], -1)
    mask = both[..., 1].tobytes()
    alpha = geometry(LA, 28, 24) + named(STORED + mask) + sound.first[:-1] + check([both])[3:]
    exact = np.stack([sound.picture, both[..., 1]], -1)
    return {
        "layers-first-alone": ("a first layer and nothing behind it", data[:stop]),
        "layers-cut": ("a second layer that is cut short", data[: (stop + len(data)) // 2]),
        "layers-cut-last": ("a second layer whose last byte is missing", data[:-1]),
        "layers-cut-first": ("a first layer that is cut short", data[: stop - 1]),
        "layers-second-empty": ("a second layer of a checksum alone", resealed(data[:stop])),
        "layers-fingerprint-cut": ("a second layer of half a fingerprint", resealed(data[: stop + 2])),
        "layers-checksum-first": ("a first checksum that differs",
                                  resealed(data[: stop - 1] + bytes([data[stop - 1] ^ 1]) + data[stop:-4])),
        "layers-checksum-second": ("a second checksum that differs", data[:-1] + bytes([data[-1] ^ 1])),
        "layers-extra": ("a byte behind the second checksum", data + b"\0"),
        "layers-length-long": ("a first layer longer than the file",
                               resealed(data[:8] + varint(len(data)) + data[9:-4])),
        "layers-length-short": ("a first layer that ends before its record does",
                                resealed(data[:8] + varint(len(sound.first) - 1) + data[9:-4])),
        "layers-length-form": ("a length that is not in its shortest form",
                               resealed(data[:8] + bytes([len(sound.first) | 0x80, 0]) + data[9:-4])),
        "layers-first-check": ("a check of other lossy pixels",
                               sound.file(first=sound.first[:-1] + bytes([sound.first[-1] ^ 1]))),
        "layers-check": ("a check of other exact pixels", sound.file(record=sound.record[:-1] + bytes([end[0] ^ 1]))),
        "layers-record-empty": ("a second layer without a record", sound.file(record=b"")),
        "layers-method-missing": ("a record of a check alone", sound.file(record=end)),
        "layers-method-4": ("method 4 in a second layer", sound.file(record=SCANS + sound.payload + end)),
        "layers-method-5": ("method 5 in a second layer", sound.file(record=NETWORK + sound.payload + end)),
        "layers-method-other": ("a payload of method 3 where the record says 6",
                                sound.file(record=OVER + sound.residual + end)),
        "layers-zero": ("method 6: a payload that ends in 00", sound.file(record=OVER + sound.payload + b"\0" + end)),
        "layers-long": ("method 6: a payload longer than the words read",
                        sound.file(record=OVER + sound.payload.ljust(len(sound.payload) + 16, b"\0") + b"\1" + end)),
        "layers-state": ("method 6: a state that no symbol leads to", sound.file(record=OVER + b"\xff" * 8 + end)),
        "layers-blank": ("method 6: an origin without ink",
                         sound.file(record=OVER + blank + check([sound.picture * 0])[3:])),
        "layers-residual-zero": ("method 3: a payload that ends in 00",
                                 sound.file(record=MODELLED + sound.residual + b"\0" + end)),
        "layers-stored-short": ("a byte less than the picture needs", sound.file(record=STORED + plain[:-1] + end)),
        "layers-stored-alpha": ("alpha again in the second layer",
                                sound.file(GEOMETRY, alpha, STORED + plain + mask + check([exact])[3:])),
        "layers-geometry-native": ("a geometry that is the model's own",
                                   sound.file(GEOMETRY, geometry(GREY, 28, 24) + sound.first)),
        "layers-names": ("NAMES without MANY", sound.file(NAMES)),
        "layers-index-short": ("an index that leaves a byte over", sound.two(varint(size) + varint(size - 1))),
        "layers-index-long": ("an index that runs past the end", sound.two(varint(size) + varint(size + 1))),
        "layers-index-3": ("a record too short for its check", sound.two(varint(3) + varint(2 * size - 3))),
        "layers-index-cut": ("an index of one record for two", sound.two(varint(size), b"")),
        "layers-check-many": ("a check that differs in its first byte",
                              sound.two(varint(size) * 2, sound.many + sound.many[:-4] + wrong)),
    }  # fmt: skip


def unknown_layers(models: Mapping[str, Model]) -> Made:
    """Layers, or methods in them, that a later version may have."""
    sound, end = Sound(models), check([Sound(models).picture])[3:]
    return {
        "layers-0": ("one layer, or what 00 may come to mean", sound.file(layers=0)),
        "layers-32": ("layers of another kind", sound.file(layers=0x20)),
        "layers-unknown-first": ("the same, whatever follows", sound.file(layers=0xF0)[:-9]),
        "layers-method-7": ("a method that is unknown", sound.file(record=UNKNOWN + sound.payload + end)),
    }


def missing_layers(models: Mapping[str, Model]) -> Made:
    """Models that are not there, or cannot serve."""
    sound = Sound(models)
    residual = MODELLED + sound.residual + sound.end[3:]
    lossy, plain = models["lossy-only"], models["plain"]
    tile = lossy.tiles.networks.synthesise(np.zeros((1, lossy.tiles.networks.prior.latents), np.int8))
    payload = payload_of(lossy, np.zeros((1, lossy.tiles.networks.prior.latents)))
    small = payload + check(list(tile))[3:], MODELLED + check(list(tile))[3:]
    return {
        "layers-model-missing": ("a first model that is nowhere", sound.file(base=b"none")),
        "layers-exact-missing": ("a second model that is nowhere", sound.file(exact=b"none")),
        "layers-no-based": ("method 6 with a model whose ink network sees no lossy pictures",
                            sound.file(exact=models["network"].fingerprint)),
        "layers-no-residual": ("method 3 with a model without a residual coder",
                               sound.file(first=small[0], record=small[1], base=lossy.fingerprint,
                                          exact=lossy.fingerprint)),
        "layers-tiles": ("models of different tiles", sound.file(record=residual, exact=plain.fingerprint)),
    }  # fmt: skip
