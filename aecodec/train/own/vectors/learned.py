"""A small vector model as the lossy half of a model of one's own: for which pictures, at which point, and whether it
costs less than the grid.

What costs less is bits + lambda * squared error of pictures held back. Lambda is the vectors' own, where they have come
to the error asked for; the grid may take whatever quality is best for it there, and drawings are altered at it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from aecodec.arrays import Picture
from aecodec.kinds import GridCodec, PixelCodec, TileCodec
from aecodec.limits import MAX_QUALITY, PIXEL_MAX
from aecodec.train.export import ExportError
from aecodec.train.own.collection import Collection
from aecodec.train.own.halves import Half, LossyHalf, altered_bytes, lossy_bytes, middles
from aecodec.train.own.point import EFFORT
from aecodec.train.own.vectors.export import exported, slope_of
from aecodec.train.own.vectors.training import Training, tiles_of, variance_of
from aecodec.train.own.vectors.widths import MOST_SIDE, USUAL_SHARE, widths_for
from aecodec.train.validate import measure_analysed
from aecodec.zoo import Adapted, Model

FEWEST = 1_000  # pictures to learn from; fewer are not known well enough from scratch
_LEAST_SIDE = 8  # pixels
_OCTAVES, _STEPS = 2, 16  # how far the search's lambda may be from that of training, and how fine it is
_QUALITIES = range(0, MAX_QUALITY + 1, 10)  # of the grid, that are tried


def suits(collection: Collection) -> bool:
    """Return whether vectors may be tried: enough pictures, all grey without alpha, of one small size."""
    size = collection.size
    if size is None or min(size) < _LEAST_SIDE or max(size) > MOST_SIDE or len(collection.pictures) < FEWEST:
        return False
    return all(picture.shape[2] == 1 for picture in (*collection.pictures, *collection.held))


def begun(
    collection: Collection,
    pixels: PixelCodec,
    target: float | None,
    seconds: float,
    seed: int,
    tell: Callable[[str], None],
) -> LearnedVectors:
    """Begin a training of so many ``seconds`` in all; ``tell`` takes what a person should know.

    ``pixels`` may alter drawings instead. ``target`` is a mean squared error, samples in 0..255; None for the usual
    share of the pictures' variance.
    """
    size = collection.size
    assert size is not None  # of pictures that suit
    variance = max(variance_of(collection.pictures), 1 / PIXEL_MAX**2)
    mse = USUAL_SHARE * variance if target is None else target / PIXEL_MAX**2
    training = Training(collection.pictures, widths_for(size, mse / variance), mse, seconds, seed=seed)
    return LearnedVectors(training, pixels, mse, tell)


@dataclass(frozen=True)
class LearnedVectors:
    """A ``training`` of vectors towards ``target``, an MSE of samples in 0..1; what ``pixels`` do is compared."""

    training: Training
    pixels: PixelCodec
    target: float
    tell: Callable[[str], None]

    def run(self, until: float, report: Callable[[float], None]) -> None:
        """Let it go on until that share of its time is spent; ``report`` hears what share of what was left has been."""
        begin = self.training.passed
        self.training.run(until, lambda passed: report((passed - begin) / (until - begin)))

    def cost_less_than(self, grid: GridCodec, held: Sequence[Picture]) -> bool:
        """Return whether they do so far, both without a search."""
        model, lmbda = self.training.model, self.training.lmbda
        some = middles(held)
        mse, bits = measure_analysed(model, tiles_of(some, model.widths))
        return bits + lmbda * mse < self._least_cost(grid, some, lmbda, 0)

    def halves(self, base: Model, held: Sequence[Picture]) -> Iterator[LossyHalf]:
        """See LearnedLossy: vectors if in the end they cost less, then the grid as it ships."""
        assert isinstance(base.built, GridCodec)
        found = self._half(held)
        if found is not None and self._is_better(found.codec, base.built, held):
            yield found
        yield Half.plain(base, base.built)

    def _half(self, held: Sequence[Picture]) -> Half[TileCodec] | None:
        """Return the half, with a lambda of its search that meets the target, or None if it cannot be exported."""
        training, model = self.training, self.training.finish()
        some = middles(held)
        try:
            tensors, description = exported(model, training.lmbda, tiles_of(some, model.widths))
        except ExportError as error:
            self.tell(f"vectors cannot be used: {error}")
            return None
        codec = TileCodec(tensors, description)
        codec.lmbda = description["slope"] = self._fitting(codec, some)
        return Half(Adapted(None, tensors, description=description | {"kind": TileCodec.kind}), codec, True)

    def _fitting(self, codec: TileCodec, some: Sequence[Picture]) -> int:
        """Return the least lambda with which the search of ``some`` meets the target; the largest where none does."""

        def slope(step: int) -> int:
            return slope_of(self.training.lmbda * 2 ** (_OCTAVES * (1 - step / _STEPS)), codec.tile)

        meets, misses = 0, 2 * _STEPS
        while misses - meets > 1:
            middle = (meets + misses) // 2
            codec.lmbda = slope(middle)
            _, mse = lossy_bytes(codec, some, codec.default_quality, EFFORT)
            meets, misses = (middle, misses) if mse <= self.target * PIXEL_MAX**2 else (meets, middle)
        return slope(meets)

    def _is_better(self, codec: TileCodec, grid: GridCodec, held: Sequence[Picture]) -> bool:
        some = middles(held)
        lmbda = self.training.lmbda * codec.lmbda / slope_of(self.training.lmbda, codec.tile)
        size, mse = lossy_bytes(codec, some, codec.default_quality, EFFORT)
        return _cost(size, mse, len(some), lmbda) < self._least_cost(grid, some, lmbda, EFFORT)

    def _least_cost(self, grid: GridCodec, some: Sequence[Picture], lmbda: float, effort: int) -> float:
        """Return the cost of what there is without vectors: the ``grid``, or altered drawings."""
        found = [lossy_bytes(grid, some, quality, effort) for quality in _QUALITIES]
        if self.pixels.has_drawings:
            found.append(altered_bytes(self.pixels, some, lmbda / (PIXEL_MAX**2 * some[0].size)))
        return min(_cost(size, mse, len(some), lmbda) for size, mse in found)


def _cost(size: int, mse: float, count: int, lmbda: float) -> float:
    """Return bits + lambda * MSE of a picture."""
    return 8 * size / count + lmbda * mse / PIXEL_MAX**2
