"""The models of the vectors: small, random, and one file that is no sound model."""

from __future__ import annotations

from typing import Any

from aecodec.zoo import pack_model, save_model
from formats.vectors_maker.adapted import ADAPTED_SHOW, UNSOUND_ADAPTED_SHOW, make_adapted_models
from formats.vectors_maker.drawings import UNSOUND_SHOW
from formats.vectors_maker.restored import RESTORED_SHOW, UNSOUND_RESTORED_SHOW, make_restored_models
from tests.made import (
    Arrays,
    made_drawing_tensors,
    made_grid_tensors,
    made_pixel_tensors,
    made_tensors,
    widen,
    with_based,
    with_ink,
    with_network,
)

MODELS_SHOW = {
    "plain": "tile 8 x 8, 6 latents, with a residual coder",
    "every-op": "height 12, width 8, 5 latents, each op of section 9, with a residual coder",
    "lossy-only": "tile 4 x 4, 2 latents, without a residual coder",
    "wide": "tile 8 x 8, 4 latents, tables of up to 256 entries, which steps above 3 make shorter",
    "ink": "tile 24 x 28, 2 latents, with a residual and an ink coder",
    "network": "tile 24 x 28, 2 latents, with a residual coder, and an ink coder that has a network",
    "based": "the same with a network of ink that sees lossy pictures",
    "future": "of version 5, with a tensor that no version has yet: named by future/model-version-5.aec",
    "grid": "of a grid of latents: slices of 2, 3 and 1 channels, 3 hyper-latents, short tables",
    "future-6": "of version 6, with a tensor that no version has yet: named by future/model-version-6.aec",
    "pixels": "for exact pixels: networks of hidden layers of 7 and 5",
    "pixels-clips": "the same, but for one clip of one network: not sound, and named by invalid/pixels-of-clips.aec",
    "pixels-widths": "the same, but for one width of one network: not sound, and named by invalid/pixels-of-widths.aec",
    "future-7": "of version 7, with a tensor that no version has yet: named by future/model-version-7.aec",
    "future-kind": "of version 5, and of a kind that no version has yet: named by future/model-kind.aec",
    "cut": "half of a model's file: not sound, and named by invalid/model-not-sound.aec",
    "drawings": "for exact pixels with drawings: networks of hidden layers of 7 and 5",
    **{
        name: f"{shows}: not sound, and named by invalid/{name.replace('-', '-of-', 1)}.aec"
        for name, shows in UNSOUND_SHOW.items()
    },
    "future-8": "of version 8, with a tensor that no version has yet: named by future/model-version-8.aec",
    "lapped": "of a grid of latents whose blocks overlap: slices of 2 channels and of 1",
    "future-9": "of version 9, with a tensor that no version has yet: named by future/model-version-9.aec",
    **ADAPTED_SHOW,
    **UNSOUND_ADAPTED_SHOW,
    "filtered": "of a grid of latents with an adaptive filter, whose blocks overlap: slices of 2 channels and of 1",
    "future-10": "of version 10, with a tensor that no version has yet: named by future/model-version-10.aec",
    **RESTORED_SHOW,
    **{
        name: f"{shows}: not sound, and named by invalid/{name.replace('-', '-of-', 1)}.aec"
        for name, shows in UNSOUND_RESTORED_SHOW.items()
    },
    "dependent": "of a grid of latents with dependent quantization, an adaptive filter and blocks that overlap",
    "interlaced": "the same, of other sizes, with an interlaced first slice",
}
FUTURE = ("future", "future-6", "future-7", "future-8", "future-9", "future-10", "future-kind")
_BROKEN = ("cut", "pixels-clips", "pixels-widths", *UNSOUND_SHOW, *UNSOUND_ADAPTED_SHOW, *UNSOUND_RESTORED_SHOW)
UNSOUND = (*FUTURE, *_BROKEN)  # not to be loaded


def make_models() -> dict[str, bytes]:
    """Each model's file, or what is left of it."""
    tensors, description = made_tensors(seed=1, latents=6, tile=(8, 8))
    plain = save_model("vector-plain", tensors, description)
    tensors, description = made_tensors(seed=1, latents=5, tile=(12, 8), every_op=True)
    every = save_model("vector-every-op", tensors, description)
    tensors, description = made_tensors(seed=3, latents=2, tile=(4, 4), units=(1, 1))
    del tensors["residual.costs"]
    lossy = save_model("vector-lossy-only", tensors, description)
    tensors, description = made_tensors(seed=6, latents=4, tile=(8, 8), units=(2, 3))
    widen(tensors, units=3)
    wide = save_model("vector-wide", tensors, description)
    tensors, description = made_tensors(seed=9, latents=2, tile=(24, 28), units=(1, 2))
    ink = save_model("vector-ink", with_ink(tensors), description)
    tensors, description = made_tensors(seed=9, latents=2, tile=(24, 28), units=(1, 2))
    network = save_model("vector-network", with_network(tensors), description)
    tensors, description = made_tensors(seed=9, latents=2, tile=(24, 28), units=(1, 2))
    based = save_model("vector-based", with_based(tensors), description)
    tensors, description = made_tensors(seed=3, latents=2, tile=(4, 4), units=(1, 1))
    del tensors["residual.costs"]
    later = save_model("vector-future", tensors | {"attention.weight": tensors["prior.low"]}, description)
    lapped = made_grid_tensors(seed=2, slices=(2, 1), hyper=2, features=3, width=4, lapped=True)
    filtered = made_grid_tensors(seed=3, slices=(2, 1), hyper=2, features=3, width=4, lapped=True, filtered=True)
    dependent = made_grid_tensors(
        seed=4, slices=(11, 2), hyper=2, features=3, width=4, lapped=True, filtered=True, dependent=True
    )
    interlaced = made_grid_tensors(
        seed=5, slices=(5, 2), hyper=2, features=3, width=4, lapped=True, filtered=True, dependent=True, octaves=2
    )
    pixels, described = made_pixel_tensors()
    unsound = {**described, "known_answer": "none"}
    first, second, third = described["networks"]
    clips = {**unsound, "networks": [first, [second[0] | {"high": 254}, *second[1:]], third]}
    other = {name: each for name, each in made_pixel_tensors(hidden=(7, 6))[0].items() if name.startswith("pixels.1.")}
    made = {
        "plain": plain,
        "every-op": every,
        "lossy-only": lossy,
        "wide": wide,
        "ink": ink,
        "network": network,
        "based": based,
        "future": later.replace(b'"version":"1"', b'"version":"5"'),
        "grid": save_model("vector-grid", *made_grid_tensors(seed=1)),
        "future-6": later.replace(b'"version":"1"', b'"version":"6"'),
        "pixels": save_model("vector-pixels", pixels, described),
        "pixels-clips": pack_model("vector-pixels-clips", pixels, clips, "6"),
        "pixels-widths": pack_model("vector-pixels-widths", pixels | other, unsound, "6"),
        "future-7": later.replace(b'"version":"1"', b'"version":"7"'),
        "future-kind": pack_model("vector-future-kind", tensors, {**description, "kind": "wavelets"}, "5"),
        "cut": lossy[: len(lossy) // 2],
        "drawings": save_model("vector-drawings", *made_drawing_tensors()),
        **{name: pack_model(f"vector-{name}", *change, "7") for name, change in _unsound_drawings().items()},
        "future-8": later.replace(b'"version":"1"', b'"version":"8"'),
        "lapped": save_model("vector-lapped", *lapped),
        "filtered": save_model("vector-filtered", *filtered),
        "dependent": save_model("vector-dependent", *dependent),
        "interlaced": save_model("vector-interlaced", *interlaced),
        "future-9": later.replace(b'"version":"1"', b'"version":"9"'),
        "future-10": pack_model("vector-future-10", tensors, {**description, "known_answer": "none"}, "10"),
    }
    return made | make_adapted_models(made) | make_restored_models()


def _unsound_drawings() -> dict[str, tuple[Arrays, dict[str, Any]]]:
    """Tensors and description of each."""
    tensors, sound = made_drawing_tensors(hidden=(1, 1))
    drawings = sound["drawings"]
    red, choice = drawings["red"], drawings["choice"]
    short = tensors | {"drawings.choice.0.weight": tensors["drawings.choice.0.weight"][:, :-1]}
    end = {"op": "round", "shift": 1, "low": -9, "high": 9}

    def other(**networks: Any) -> tuple[Arrays, dict[str, Any]]:
        return tensors, {**sound, "drawings": {**drawings, **networks}, "known_answer": "none"}

    same = other()[1]
    return {
        "drawings-missing": ({key: each for key, each in tensors.items() if key != "drawings.red.first.0.bias"}, same),
        "drawings-widths": (short, same),
        "drawings-one": other(red={**red, "one": 256}),
        "drawings-logits": other(choice=[*choice[:-1], {**choice[-1], "high": 16385}]),
        "drawings-ops": other(red={**red, "first": [*red["first"], end]}),
    }
