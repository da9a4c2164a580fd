"""What a model of one's own saves against the models that ship, in whole files of pictures held back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from aecodec.arrays import Picture
from aecodec.codec.distortion import psnr
from aecodec.codec.encode import encode, encode_apart
from aecodec.codec.plan import Plan
from aecodec.coders.likeness import Likeness, likeness
from aecodec.kinds import GridCodec
from aecodec.limits import MAX_QUALITY, PIXEL_MAX
from aecodec.train.own.point import point_for
from aecodec.zoo import Model

EXACT_TOGETHER, ALTERED = "exact, in one container", "altered drawings, in one container"
_ALONE = "exact, a file each"
EFFORT = 3  # the usual one
_ALTERED = (0, 25, 50, 75)  # qualities at which altered drawings are measured
_AWAY = 12  # the general model is measured at so many qualities more, and less

Curve = list[tuple[float, float]]  # bytes a picture and PSNR, by quality


@dataclass(frozen=True)
class Gain:
    """Bytes a picture with the models that ship, and with one's own, for one way of coding. ``psnr`` is in dB, None for
    exact files.
    """

    way: str
    before: float
    after: float
    psnr: float | None = None

    @property
    def saved(self) -> float:
        """Bytes a picture."""
        return self.before - self.after

    def pays_from(self, size: int) -> int | None:
        """Return the number of pictures from which on a model of ``size`` bytes pays, or None if it never does."""
        return math.ceil(size / self.saved) if self.saved > 0 else None


@dataclass(frozen=True)
class OfExact:
    """The gains of a half for exact pixels, and its ``curve`` of altered drawings."""

    gains: Sequence[Gain]
    curve: Curve


class Comparison:
    """Compares models of one's own with those that ship, by whole files of pictures ``held`` back.

    The models that ship are ``general``, which has the ``grid``, and ``exact``. They are measured once. Lossy files of
    drawings are altered ones where that is shorter, as ``compress`` does it.
    """

    def __init__(self, general: Model, grid: GridCodec, exact: Model, held: Sequence[Picture]) -> None:
        self._general, self._grid, self._shipped, self._held = general, grid, exact, held

    def exact(self, own: Model) -> OfExact:
        """Return what ``own`` saves in exact files: in one container and in single files, and as altered drawings where
        pictures are such.
        """
        together, apart, curve = self._before
        found = Gain(EXACT_TOGETHER, together, _together(own, self._held)), Gain(_ALONE, apart, _apart(own, self._held))
        after = _altered_curve(own, self._held)
        return OfExact([*found, *_altered(curve, after)], after)

    def unchanged(self) -> OfExact:
        """Return what the model that ships saves: nothing."""
        together, apart, curve = self._before
        found = Gain(EXACT_TOGETHER, together, together), Gain(_ALONE, apart, apart)
        return OfExact([*found, *_altered(curve, curve)], curve)

    def lossy(self, own: Model, curve: Curve) -> Gain:
        """Return what ``own``, which alters drawings as ``curve`` says, saves in lossy files: at its own quality,
        against the same PSNR.
        """
        after, reached = _at(own, self._held, own.codec.default_quality)
        quality = point_for(self._grid, self._held, PIXEL_MAX**2 * 10 ** (-reached / 10)).quality
        around = sorted({max(0, quality - _AWAY), quality, min(MAX_QUALITY, quality + _AWAY)})
        general = [_at(self._general, self._held, each) for each in around]
        before = min(_bytes_at(general, reached), _altered_bytes(self._before[2], reached))
        return Gain("lossy, in one container", before, min(after, _altered_bytes(curve, reached)), reached)

    @cached_property
    def _before(self) -> tuple[float, float, Curve]:
        shipped, held = self._shipped, self._held
        return _together(shipped, held), _apart(shipped, held), _altered_curve(shipped, held)


def _altered(before: Curve, after: Curve) -> list[Gain]:
    """Return what is saved where drawings are altered, at a middle quality; nothing of photographs."""
    if not before or not after:
        return []
    least, most = (pick(before[at][1], after[at][1]) for pick, at in ((max, 0), (min, -1)))
    reached = min(max(after[len(after) // 2][1], least), most)
    return [Gain(ALTERED, _bytes_at(before, reached), _bytes_at(after, reached), reached)]


def _altered_bytes(curve: Curve, reached: float) -> float:
    """Return the bytes at a PSNR of altered drawings; infinite for photographs, and beyond what is measured."""
    if not curve or not curve[0][1] <= reached <= curve[-1][1]:
        return math.inf
    return _bytes_at(curve, reached)


def _altered_curve(model: Model, held: Sequence[Picture]) -> Curve:
    """Return the curve of drawings that ``model`` alters, by quality; nothing of photographs."""
    if model.pixels is None or not model.pixels.has_drawings or likeness(held) is Likeness.PHOTOGRAPH:
        return []
    return [_by(Plan(model, True, EFFORT, altered=quality), held) for quality in _ALTERED]


def _bytes_at(curve: Curve, reached: float) -> float:
    """Return the bytes at a PSNR, on a line through two neighbours of ``curve``, in logarithms of bytes."""
    place = sum(each < reached for _, each in curve[1:-1])
    (first, low), (second, high) = curve[place], curve[place + 1]
    share = (reached - low) / (high - low) if high > low else 0.0
    return math.exp(math.log(first) + share * (math.log(second) - math.log(first)))


def _at(model: Model, held: Sequence[Picture], quality: int) -> tuple[float, float]:
    return _by(Plan(model, False, EFFORT, quality), held)


def _by(plan: Plan, held: Sequence[Picture]) -> tuple[float, float]:
    found = encode(held, plan, many=True)
    return len(found.data) / len(held), psnr(found.mse)


def _together(model: Model, held: Sequence[Picture]) -> float:
    return len(encode(held, Plan(model, True, EFFORT), many=True).data) / len(held)


def _apart(model: Model, held: Sequence[Picture]) -> float:
    return sum(len(each.data) for each in encode_apart(held, Plan(model, True, EFFORT))) / len(held)
