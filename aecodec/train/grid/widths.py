"""How wide the networks of a grid are. Nothing here needs PyTorch."""

from __future__ import annotations

from dataclasses import dataclass

from aecodec.arrays import Tensors
from aecodec.grid.interlacing import step_count
from aecodec.grid.names import INTERLACED


@dataclass(frozen=True)
class Widths:
    """Channels of the networks."""

    latents: tuple[int, ...] = (16, 16, 32, 64, 192, 128)  # of each slice
    octaves: int = 3  # in which the first slice is interlaced; with 0 it has a checkerboard, as all others do
    hyper_latents: int = 64
    hyper: int = 96
    context: int = 128
    features: tuple[int, int, int] = (16, 32, 32)  # of analysis, at a quarter, an eighth and a sixteenth
    quarter: int = 64  # of synthesis
    eighth: int = 128
    sixteenth: int = 192

    @property
    def total(self) -> int:
        """The channels of all slices."""
        return sum(self.latents)


# By name: the general model's, one for a few similar pictures, and one that only tests what is around it.
SIZES = {
    "general": Widths(),
    "small": Widths(
        (8, 8, 16, 32),
        hyper_latents=32,
        hyper=48,
        context=64,
        features=(32, 64, 96),
        quarter=32,
        eighth=64,
        sixteenth=96,
    ),
    "tiny": Widths((4, 8), hyper_latents=4, hyper=8, context=8, features=(4, 8, 8), quarter=4, eighth=8, sixteenth=8),
}


def widths_of(arrays: Tensors) -> Widths:
    """Return the widths of the networks of a model file's tensors. Raises KeyError if they are of no such networks."""

    def outputs(name: str) -> int:
        return len(arrays[f"{name}.bias"])

    octaves = 0
    while f"{INTERLACED}.{step_count(octaves)}.0.bias" in arrays:
        octaves += 1
    first = f"{INTERLACED}.0" if octaves else "slices.0"
    own = [outputs(f"{first}.2") // 2]  # the last layer of a slice gives two values for each of its channels
    while f"slices.{len(own)}.2.bias" in arrays:
        own.append(outputs(f"slices.{len(own)}.2") // 2)
    return Widths(
        latents=tuple(own),
        octaves=octaves,
        hyper_latents=len(arrays["hyper.means"]),
        hyper=outputs("hyper_analysis.0"),
        context=outputs(f"{first}.0"),
        features=(outputs("analysis.0"), outputs("analysis.1"), outputs("analysis.4")),
        quarter=outputs("synthesis.5") // 4,
        eighth=outputs("synthesis.2") // 4,
        sixteenth=outputs("synthesis.0"),
    )
