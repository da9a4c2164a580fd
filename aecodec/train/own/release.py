"""The release of one model file. It keeps what pays for its bytes, as pictures held back tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from aecodec.arrays import Picture
from aecodec.errors import ModelError
from aecodec.kinds import GridCodec, PixelCodec
from aecodec.train.own.collection import Collection
from aecodec.train.own.gains import ALTERED, EXACT_TOGETHER, Comparison, Gain, OfExact
from aecodec.train.own.halves import Half, LearnedLossy, LossyHalf
from aecodec.train.own.point import Point, point_for
from aecodec.train.release import LICENCE, commit
from aecodec.zoo import Model, Pictures, Role, Zoo, load_model, save_adapted, stated

STEPS = 3  # that :func:`released` takes
MEASURED, MEASURED_PIXELS = 128, 1 << 22  # most pictures held back that are measured, and most pixels
MOST_BYTES = 96_500  # of both halves; with their description a file has 100,000 at most
WORTH = 10  # what is kept must pay within so many times the pictures of the collection
_LOSSY, _EXACT = "lossy", "exact"


@dataclass(frozen=True)
class Bases:
    """The two models that ship for any picture: one for lossy files, one for exact ones."""

    general: Model
    pixels: Model

    @property
    def grid(self) -> GridCodec:
        """The codec of the general model. Raises ModelError if that is no grid."""
        if not isinstance(self.general.built, GridCodec):
            raise ModelError(f"model {self.general.id} is no grid of latents")
        return self.general.built


@dataclass(frozen=True)
class Learned:
    """What training gives: for lossy files, and for exact files and altered drawings."""

    lossy: LearnedLossy
    exact: Half[PixelCodec]


@dataclass(frozen=True)
class Made:
    """A model of one's own, its gains, its usual quality, and the half of which nothing was kept, if there is one."""

    own: Model
    gains: Sequence[Gain]
    point: Point
    left_out: str


def shipped_bases() -> Bases:
    """Return them; raises ModelError if they are missing or not sound."""
    zoo = Zoo()
    general, pixels = zoo.general(), zoo.for_pixels()
    if general is None or pixels is None:
        raise ModelError("a model of one's own begins with the models that ship, and they are missing")
    return Bases(general, pixels)


def released(
    name: str,
    bases: Bases,
    learned: Learned,
    collection: Collection,
    *,
    target: float | None,
    training: Mapping[str, Any],
    begin: Callable[[str], None],
) -> Made:
    """Return the model of ``learned``, called ``name``.

    The usual quality is to keep to the mean squared error ``target``, samples in 0..255. ``training`` is what the file
    says of the run. ``begin`` hears what is looked at next: STEPS things, and the last ones again where something is
    left out.
    """
    held = _some(collection.held)
    exact = learned.exact
    begin("lossy")
    unchanged = Half.plain(bases.general, bases.grid)
    lossy: LossyHalf = next(
        (each for each in learned.lossy.halves(bases.general, collection.held) if each.size + exact.size <= MOST_BYTES),
        unchanged,
    )
    left_out, of_exact = [_LOSSY] if lossy is unchanged else [], None
    compared = Comparison(bases.general, bases.grid, bases.pixels, held)
    while True:
        begin("quality")
        point = point_for(lossy.codec, collection.held, target)
        described = _description(name, collection, point) | {"training": dict(training)}
        halves = {
            _LOSSY: replace(lossy.adapted, description={**lossy.adapted.description, "default_quality": point.quality}),
            _EXACT: exact.adapted,
        }
        content = save_adapted(name, halves, described)
        own = load_model(content, [bases.general.data, bases.pixels.data])
        begin("whole files")
        of_exact = of_exact or compared.exact(own)
        found = [compared.lossy(own, of_exact.curve), *of_exact.gains]
        worth = WORTH * (collection.count + collection.held_count)
        if lossy.learned and found[0].saved * worth < lossy.size:
            lossy = unchanged
            left_out.append(_LOSSY)
        elif exact.learned and bases.pixels.pixels is not None and _saved(of_exact) * worth < exact.size:
            of_exact = compared.unchanged()
            exact = Half.plain(bases.pixels, bases.pixels.pixels)
            left_out.append(_EXACT)
        else:
            return Made(own, found, point, " and ".join(left_out))


def _saved(found: OfExact) -> float:
    """Return the larger of two gains in bytes a picture: of exact files in one container, and of altered drawings."""
    return max(gain.saved for gain in found.gains if gain.way in (EXACT_TOGETHER, ALTERED))


def _some(held: Sequence[Picture]) -> Sequence[Picture]:
    """Return those of ``held`` that are measured: as many as take a few minutes, and at least one."""
    pixels = np.cumsum([picture.shape[0] * picture.shape[1] for picture in held[:MEASURED]])
    return held[: max(1, int(np.searchsorted(pixels, MEASURED_PIXELS, side="right")))]


def _description(name: str, collection: Collection, point: Point) -> dict[str, Any]:
    size, planes = collection.size, collection.planes
    made = None if size is None or planes is None else Pictures(size, planes, name)
    return {
        "family": name,
        "data": {
            "sha256": collection.sha256,
            "training": collection.count,
            "validation": collection.held_count,
            "validation_sha256": collection.held_sha256,
        },
        "validation": {"quality": point.quality, "mse": point.mse},
        "commit": commit(),
        "licence": LICENCE,
        **stated(Role.ADAPTED, made),
    }
