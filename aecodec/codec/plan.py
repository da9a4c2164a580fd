"""One way of compressing: models, effort of search, and quality."""

from __future__ import annotations

from aecodec.codec.options import Options
from aecodec.frozen import dataclass
from aecodec.lossy.quality import BEST
from aecodec.zoo import Model


@dataclass(frozen=True)
class Plan:
    """A model, and how it is used.

    ``quality`` is 0 to 100, of targets up to 200, where a model can go farther; of an exact plan it is none.
    ``quick`` is of an exact plan without a model: whether samples may be coded the quick way.
    ``second``: of a lossy plan the model of a second layer, which makes the pictures exact.
    ``jobs`` is of processes that share the work of many blocks, or of threads that share that of one lossy one.
    ``fill``: of a lossy plan, whether colours that nobody sees give way to such as take few bytes.
    ``altered``: of an exact plan, the quality at which drawings are altered before, or None if every pixel is kept.
    ``for_eyes``: of a lossy plan, whether errors count by where eyes see them.
    ``most``: at most so many pictures of a container go into a block, or None if nobody asks for a number.
    """

    model: Model | None
    exact: bool
    effort: int
    quality: int = BEST
    jobs: int = 1
    quick: bool = False
    second: Model | None = None
    most: int | None = None
    fill: bool = True
    altered: int | None = None
    for_eyes: bool = False

    @property
    def keeps_all(self) -> bool:
        """Whether every pixel is kept."""
        return self.exact and self.altered is None

    @property
    def layers(self) -> int:
        """How many layers the file has."""
        return 1 if self.second is None else 2

    @property
    def fills(self) -> bool:
        """Whether hidden colours give way; not where a second layer is to keep them."""
        return self.fill and not self.exact and self.second is None

    @property
    def noted_quality(self) -> int | None:
        """The quality, where one could ask for it."""
        if self.altered is not None:
            return self.altered
        return self.quality if not self.exact and self.second is None and self.quality <= BEST else None

    @property
    def is_by_pixels(self) -> bool:
        """Whether it is exact, by a model of pixels."""
        return self.exact and self.model is not None and self.model.pixels is not None


def plan_lossy(options: Options, model: Model) -> Plan:
    """Return the plan of ``model`` where no target is given."""
    return plan_at(model, options, model.codec.default_quality if options.quality is None else options.quality)


def plan_at(model: Model, options: Options, quality: int) -> Plan:
    """Return the plan of ``model`` at ``quality``, 0 to 200."""
    effort, most = options.chosen_effort, options.block_pictures
    return Plan(model, False, effort, quality, options.jobs, most=most, for_eyes=options.for_eyes)


def plan_altered(model: Model, options: Options, quality: int) -> Plan:
    """Return the plan of drawings by ``model``, one of pixels, that are altered at ``quality``, 0 to 100."""
    effort, most = options.chosen_effort, options.block_pictures
    return Plan(model, True, effort, jobs=options.jobs, most=most, altered=quality)
