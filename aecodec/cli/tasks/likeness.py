"""How a decoded picture must compare with the one that was compressed."""

from __future__ import annotations

import math

import numpy as np

from aecodec.arrays import Picture
from aecodec.codec import Options, psnr
from aecodec.frozen import dataclass


@dataclass(frozen=True)
class Promise:
    """What is asked of lossy pictures: no MSE above ``largest_mse``, samples in 0..1. Exact ones are to be the same."""

    largest_mse: float = math.inf

    @classmethod
    def of(cls, min_psnr: float | None, max_mse: float | None) -> Promise:
        """Return what options ask for. Raises UsageError for both, or for what is no bound."""
        return cls(Options(min_psnr=min_psnr, max_mse=max_mse).largest_mse)

    def broken_by(self, ours: Picture, theirs: Picture, error: float, *, exact: bool) -> str:
        """Return how ``ours``, of the same shape as ``theirs`` and at an MSE of ``error``, breaks the promise; else
        nothing.
        """
        if exact:
            other = int(np.count_nonzero(ours != theirs))
            return f"{other} of {ours.size} samples differ" if other else ""
        if ours.ndim == 3 and ours.shape[2] % 2 == 0 and (ours[..., -1] != theirs[..., -1]).any():
            return "its alpha differs"
        if error > self.largest_mse:
            return f"its PSNR is {psnr(error):.2f} dB, below {psnr(self.largest_mse):.2f} dB"
        return ""
