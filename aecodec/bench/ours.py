"""Here aecodec itself is a codec to measure: which rows it has, and the two forms of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from aecodec.arrays import Pictures
from aecodec.bench.measure.trial import Terms, run_trial
from aecodec.bench.measure.way import SINGLE, Kept
from aecodec.bench.records.rows import AECODEC, Row
from aecodec.codec import Decoder, Options, compress_all
from aecodec.codec.options import DEFAULT_EFFORT, LOSSLESS_LATENT_DIM, PROGRESSIVE_LATENT_DIM
from aecodec.limits import GROUP_TILES
from aecodec.lossy.quality import BEST
from aecodec.zoo import Model, Zoo
from aecodec.zoo.find import SUFFIX

LATENT_DIMS = (8, 16, 32, 64, 128, 256, 784)
LOSSLESS, PROGRESSIVE, BASELINE = "lossless", "lossless, progressive", "lossless, baseline"
_zoo = Zoo()  # of this process: a model is loaded once


@dataclass(frozen=True)
class Singles:
    """The way keeps a file a picture."""

    options: Options
    name: str = SINGLE

    def compress(self, pictures: Pictures) -> Kept:
        """See :class:`aecodec.bench.measure.way.Way`."""
        alone = replace(self.options, block_pictures=None)
        done = [compress_all([each], alone, _zoo, many=False) for each in pictures]
        return Kept([each.data for each in done], [each.mse for each in done], sum(each.payload for each in done))

    def decompress(self, files: Sequence[bytes], shape: tuple[int, ...]) -> Pictures:
        """See :class:`aecodec.bench.measure.way.Way`."""
        del shape  # the file says it
        _know(self.options)
        return np.stack([Decoder(each, _zoo).picture(0) for each in files])


@dataclass(frozen=True)
class OneContainer:
    """The way keeps all pictures in one file."""

    options: Options
    name: str = "container"

    def compress(self, pictures: Pictures) -> Kept:
        """See :class:`aecodec.bench.measure.way.Way`."""
        done = compress_all(list(pictures), self.options, _zoo, many=True)
        return Kept([done.data], done.errors, done.payload)

    def decompress(self, files: Sequence[bytes], shape: tuple[int, ...]) -> Pictures:
        """See :class:`aecodec.bench.measure.way.Way`."""
        del shape
        _know(self.options)
        return np.stack(list(Decoder(files[0], _zoo)))


@dataclass(frozen=True)
class Contender:
    """A contender is a row of aecodec to be measured."""

    setting: str
    options: Options

    @property
    def row(self) -> Row:
        """Return what is known before it is measured."""
        lossless, quality = self.options.lossless, self.options.quality
        return Row(
            AECODEC,
            self.setting,
            lossless,
            effort=self.options.chosen_effort,
            latent_dim=self.options.latent_dim,
            quality=None if lossless else BEST if quality is None else quality,
        )

    def measure(self, pictures: Pictures, terms: Terms) -> Row:
        """Measure its row; where a model is missing, return one that says so."""
        if (missing := absent(self.options)) is not None:
            return replace(self.row, missing=missing)
        ways = (Singles(self.options), OneContainer(self.options))
        lossless, models = self.options.lossless, models_of(self.options)
        found = run_trial(ways, pictures, terms, lossless=lossless)
        single, bulk = found.forms
        return replace(
            self.row,
            single=single,
            bulk=bulk,
            latent_dim=self.options.latent_dim if lossless else models[0].latent_dim,
            models={model.id: model.sha256 for model in models},
            payload_bytes=found.payload,
            estimated_bits=found.information,
        )


def contenders(
    latent_dims: Sequence[int],
    models: Sequence[str] = (),
    qualities: Sequence[int] = (BEST,),
    effort: int = DEFAULT_EFFORT,
    jobs: int = 1,
    *,
    lossless: Sequence[str] = (LOSSLESS, PROGRESSIVE, BASELINE),
) -> Iterator[Contender]:
    """Give lossy rows by latent_dim and by model, each at ``qualities``, then those of ``lossless``.

    Containers have the largest blocks that there are, which is the smallest form of a file (``--block-pictures``).

    Raises UsageError for an option out of its range.
    """
    common = Options(effort=effort, jobs=jobs, block_pictures=GROUP_TILES)
    chosen = [(f"latent_dim {dim}", replace(common, latent_dim=dim)) for dim in latent_dims]
    chosen += [(Path(name).name.removesuffix(SUFFIX), replace(common, model=name)) for name in models]
    for setting, options in chosen:
        for quality in qualities:
            suffix = "" if quality == BEST else f", quality {quality}"
            yield Contender(setting + suffix, replace(options, quality=quality))
    ways = {
        LOSSLESS: replace(common, lossless=True),
        PROGRESSIVE: replace(common, lossless=True, progressive=True),
        BASELINE: replace(common, lossless=True, latent_dim=LOSSLESS_LATENT_DIM),
    }
    for setting in lossless:
        yield Contender(setting, ways[setting])


def models_of(options: Options) -> list[Model]:
    """Return the models that these options may choose, a first layer's first; raises ModelError for an unsound one."""
    if options.model is not None:
        return [_zoo.by_id(options.model)]
    if options.latent_dim is not None:
        return [_zoo.by_latent_dim(options.latent_dim)]
    exact = _zoo.for_exact(LOSSLESS_LATENT_DIM)
    found = [_zoo.by_latent_dim(PROGRESSIVE_LATENT_DIM), exact] if options.progressive else [exact, _zoo.for_pixels()]
    return [model for model in found if model is not None]


def absent(options: Options) -> str | None:
    """Return what is not at hand of these options, without the places where it was looked for."""
    stems = {path.stem for path in _zoo.files()}
    if options.model is not None and not Path(options.model).is_file():
        return None if options.model in stems else f"no model {options.model} at hand"
    wanted = PROGRESSIVE_LATENT_DIM if options.progressive else options.latent_dim
    if wanted is None or _zoo.has_latent_dim(wanted):
        return None
    return f"no model of latent_dim {wanted} at hand"


def _know(options: Options) -> None:
    """Tell a reader of a model that was named as a file: it is in no folder of models."""
    if options.model is not None:
        _zoo.by_id(options.model)
