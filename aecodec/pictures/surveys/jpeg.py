"""JPEG: one picture's segments, and whether its data reach to its last pixel.

libjpeg makes up what is missing and tells Pillow nothing of it. Where data are missing it goes on to the next marker,
so other bytes put before every marker change what it makes up, and nothing where all is there.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from io import BytesIO
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aecodec.errors import FormatError, LimitError, UnsupportedError
from aecodec.limits import MAX_PIXELS
from aecodec.pictures.surveys.survey import Survey, check_size, orientation_of, several, what_follows

_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_TAKEN: Final = {0xC0: "", 0xC1: "", 0xC2: "", 0xC3: "lossless", 0xC9: "arithmetic", 0xCA: "arithmetic"}
_OTHER: Final = {0xF7: "JPEG-LS", 0xDE: "hierarchical JPEG"}
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_MARKER: Final = re.compile(rb"\xff[^\0\xff]")
_FILLER: Final = bytes.fromhex("b592d4a96b5ad52a") * 6  # no 0xFF, and the first bit is not what libjpeg would take
_MOST_SCANS: Final = 500  # each takes as long as a picture to decode; common ones have 10
_SPARE: Final = 32  # bytes of the last scan that cannot all stand for nothing
_MULTI_FRAME: Final = 2  # class of MPO's types: panorama, disparity, several angles


class _Component(NamedTuple):
    across: int
    down: int


class _Frame(NamedTuple):
    marker: int
    width: int
    height: int
    components: dict[int, _Component]

    def units(self, chosen: Sequence[int]) -> int:
        """Count the MCUs of a scan of these components."""
        most = _Component(*(max(each[i] for each in self.components.values()) for i in (0, 1)))
        width, height = self.width, self.height
        if len(chosen) == 1:
            own = self.components[chosen[0]]
            width, height = -(-width * own.across // most.across), -(-height * own.down // most.down)
            most = _Component(1, 1)
        return -(-width // (8 * most.across)) * -(-height // (8 * most.down))


def survey(data: bytes) -> Survey:
    """Return the survey of a file that begins as a JPEG does."""
    walk = _Walk(data)
    walk.run()
    remarks = walk.remarks()
    remarks += walk.previews() if walk.mpf else what_follows(data, walk.at)
    return Survey(walk.rebuilt(), tuple(remarks), orientation_of(walk.metadata), check=walk.check_whole)


class _Walk:
    """One picture, from its SOI to its EOI."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at + 2
        self.frame = _Frame(0, 0, 0, {})
        self.metadata: dict[str, bytes | str] = {}
        self.mpf = 0  # where the index of further pictures begins; 0 where there is none
        self._kept: list[tuple[int, int]] = [(at, at + 2)]
        self._ends: list[int] = []  # of coded data, where a marker follows
        self._scans = 0
        self._scan = 0  # where the last scan's data begin
        self._interval = 0
        self._left: dict[int, list[int]] = {}  # component -> for each coefficient, bits that are still to come

    def run(self) -> None:
        while True:
            start, marker = self._marker()
            if marker == 0xD9:
                self._kept.append((start, self.at))
                break
            if marker in _STANDALONE:
                continue
            if marker == 0xD8:
                raise FormatError("another picture begins before its end")
            body = self._body()
            if marker in _OTHER:
                raise UnsupportedError(f"is a {_OTHER[marker]}; expected a baseline or progressive JPEG")
            if marker in _FRAMES:
                self._take_frame(marker, body)
            if self._keeps(marker, body):
                self._kept.append((start, self.at))
            if marker == 0xDD and len(body) >= 2:
                self._interval = int.from_bytes(body[:2])
            if marker == 0xDA:
                self._take_scan(body)
        if not self._ends:
            raise FormatError("it has no picture data")
        missing = [each for each, left in self._left.items() if left[0] < 0]
        if missing:
            raise FormatError(f"it has no data for {len(missing)} of its {len(self._left)} colour components")

    def find_size(self) -> int:
        """Count the pixels of the picture here, found without reading it all; 0 where there is none."""
        try:
            while not self.frame.width:
                _, marker = self._marker()
                if marker in (0xD8, 0xD9, 0xDA):
                    return 0
                if marker not in _STANDALONE:
                    body = self._body()
                    if marker in _FRAMES:
                        self._take_frame(marker, body)
        except LimitError:
            return MAX_PIXELS + 1
        except (FormatError, UnsupportedError):
            return 0
        return self.frame.width * self.frame.height

    def remarks(self) -> list[str]:
        if self.frame.marker in (0xC2, 0xCA) and any(bits for left in self._left.values() for bits in left):
            return ["its scans stop before its finest detail; some may have been cut off"]
        return []

    def previews(self) -> list[str]:
        """Say that further pictures are left out. Raises UnsupportedError if this one is not the main one."""
        further = _further(self.data, self.mpf)
        for kind, at, _ in further:
            other = _Walk(self.data, at).find_size() if self.data[at : at + 2] == b"\xff\xd8" else 0
            if kind >> 16 == _MULTI_FRAME or other >= self.frame.width * self.frame.height:
                raise several(len(further) + 1)
        remarks = ["it holds further pictures (MPO), such as a preview; only the main one is kept"] if further else []
        end = max(self.at, *(at + length for _, at, length in further), 0)
        return [*remarks, *what_follows(self.data, end)]

    def rebuilt(self, filler: bytes = b"") -> bytes:
        """Rebuild the picture without metadata, ``filler`` before every marker that ends coded data."""
        ends = iter([*self._ends, len(self.data) + 1])
        pieces: list[bytes] = []
        end = next(ends)
        for start, stop in self._kept:
            while end <= stop:
                if end >= start:
                    pieces += [self.data[start:end], filler]
                    start = end
                end = next(ends)
            pieces.append(self.data[start:stop])
        return b"".join(pieces)

    def check_whole(self, image: Image.Image) -> Sequence[str]:
        if _TAKEN.get(self.frame.marker) == "arithmetic":  # where zeros that end the data need not be written
            return ()
        samples = np.asarray(image)
        if not _is_same(samples, self.rebuilt(_FILLER)):
            raise FormatError("its data end before its pixels do")
        *_, before, end = self._scan, *(each + 2 for each in self._ends[:-1]), self._ends[-1]
        if end - max(before, self._scan) > 2 * _SPARE:
            cut = _Walk(self.data[: end - _SPARE].removesuffix(b"\xff") + _FILLER + b"\xff\xd9")
            cut.run()
            if _is_same(samples, cut.rebuilt()):
                return ("its data go on behind its last pixel; it may be damaged",)
        return ()

    def _marker(self) -> tuple[int, int]:
        """Return where the next marker begins, and which it is; what lies before it is passed over."""
        found = _MARKER.search(self.data, self.at)
        if found is None:
            raise FormatError("it is cut short: its end mark is missing")
        self.at = found.end()
        return found.start(), found[0][1]

    def _body(self) -> bytes:
        length = int.from_bytes(self.data[self.at : self.at + 2])
        start, self.at = self.at + 2, self.at + length
        if length < 2 or self.at > len(self.data):
            raise FormatError("it is cut short, within a segment")
        return self.data[start : self.at]

    def _keeps(self, marker: int, body: bytes) -> bool:
        """Return whether a segment has a part in the pixels; of others what matters is noted."""
        if marker == 0xE0:
            return body.startswith(b"JFIF\0") and len(body) >= 14
        if marker == 0xEE:
            return body.startswith(b"Adobe") and len(body) >= 12
        if marker == 0xE1 and body.startswith(b"Exif\0"):
            self.metadata.setdefault("exif", body)
        if marker == 0xE1 and body.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
            self.metadata.setdefault("xmp", body)
        if marker == 0xE2 and body.startswith(b"MPF\0") and not self.mpf:
            self.mpf = self.at - len(body) + 4
        return not (0xE0 <= marker <= 0xEF or marker >= 0xF0)

    def _take_frame(self, marker: int, body: bytes) -> None:
        if self.frame.width:
            raise FormatError("it has two frame headers")
        if len(body) < 6 or len(body) < 6 + 3 * body[5]:
            raise FormatError("its frame header is cut short")
        bits, height, width, count = struct.unpack_from(">BHHB", body)
        if marker not in _TAKEN:
            raise UnsupportedError(f"is a JPEG of process {marker - 0xC0}; expected a baseline or progressive one")
        if bits != 8:
            raise UnsupportedError(f"has {bits} bits a sample, expected 8; convert it first")
        if count not in (1, 3, 4):
            raise UnsupportedError(f"has {count} colour components, expected 1 or 3; convert it first")
        if not height:
            raise UnsupportedError("tells its height behind its data (DNL), expected before; save it anew first")
        if not width:
            raise FormatError("its width is 0")
        components = {body[i]: _Component(body[i + 1] >> 4, body[i + 1] & 15) for i in range(6, 6 + 3 * count, 3)}
        if len(components) != count or any(not 1 <= n <= 4 for each in components.values() for n in each):
            raise FormatError("its frame header contradicts itself")
        check_size(width, height)
        self.frame = _Frame(marker, width, height, components)
        self._left = {each: [-1] * 64 for each in components}

    def _take_scan(self, body: bytes) -> None:
        count = body[0] if body else 0
        chosen = list(body[1 : 1 + 2 * count : 2])
        if len(body) != 4 + 2 * count or not chosen or not set(chosen) <= set(self.frame.components):
            raise FormatError("its scan header contradicts its frame header")
        first, last, low = body[-3], body[-2], body[-1] & 15
        progressive = self.frame.marker in (0xC2, 0xCA)
        for each in chosen:
            for place in range(first, min(last, 63) + 1) if progressive else range(64):
                self._left[each][place] = low if progressive else 0
        self._scans += 1
        if self._scans > _MOST_SCANS:
            raise LimitError(f"has more than {_MOST_SCANS} scans, the limit for a JPEG")
        self._scan = self.at
        restarts = 0
        while True:
            start, marker = self._marker()
            self._ends.append(start)
            if not 0xD0 <= marker <= 0xD7:
                break
            if marker != 0xD0 + restarts % 8:
                raise FormatError("its restart marks are out of order")
            restarts += 1
            if restarts > self.frame.width * self.frame.height:
                raise FormatError("it has more restart marks than pixels")
        self.at = start
        self._kept.append((self._scan, start))
        if self._interval and not _TAKEN[self.frame.marker]:
            needed = -(-self.frame.units(chosen) // self._interval) - 1
            if restarts < needed:
                raise FormatError(f"it has {restarts} of {needed} restart marks")


def _is_same(samples: NDArray[np.uint8], data: bytes) -> bool:
    """Return whether ``data`` give these samples."""
    try:
        with Image.open(BytesIO(data), formats=("JPEG",)) as other:
            return np.array_equal(samples, np.asarray(other))
    except OSError:
        return False


def _further(data: bytes, base: int) -> list[tuple[int, int, int]]:
    """Return the type, place and length of the pictures behind the first, by the index at ``base``; none by a damaged
    one.
    """
    order = "<" if data[base : base + 2] == b"II" else ">"
    try:
        directory = base + struct.unpack_from(order + "I", data, base + 4)[0]
        for number in range(struct.unpack_from(order + "H", data, directory)[0]):
            tag, _, count, place = struct.unpack_from(order + "HHII", data, directory + 2 + 12 * number)
            if tag == 0xB002:
                entries = [struct.unpack_from(order + "III", data, base + place + at) for at in range(16, count, 16)]
                return [(kind & 0xFFFFFF, base + offset, length) for kind, length, offset in entries]
    except struct.error:
        return []
    return []
