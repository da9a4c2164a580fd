"""Deep samples by predictions that adapt, and by the networks for 8 bits."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Floats32
from aecodec.pixels.deep.bins import DeepExpected, expected
from aecodec.pixels.deep.calibration import Calibration
from aecodec.pixels.front import Front
from aecodec.pixels.grain import Grain
from aecodec.pixels.network import Networks


class DeepNetworkWalk:
    """A :class:`aecodec.pixels.deep.coder.DeepWalk` by ``networks``."""

    def __init__(self, networks: Networks, colours: int, grain: Grain, size: tuple[int, int]) -> None:
        self._networks, self._grain = networks, grain
        self._front = Front(colours, grain.pictures, size, grain)
        self.memory = self._front.memory
        self._calibration = Calibration(self.memory)

    @property
    def groups(self) -> range:
        """See DeepWalk."""
        return self._front.groups

    def expect(self, step: int) -> DeepExpected:
        """See DeepWalk."""
        known = self._front.look(step)
        mean, width, tails = self._networks.judge(known)
        self._front.hold(mean)
        octaves, prediction, middle = (each.astype(np.int64) for each in (known.log_scale, known.prediction, mean))
        better, width = self._calibration.correct(octaves, prediction, middle, width)
        return expected(self._grain.spread(mean.shape[1]), better, width, tails)

    def put(self, step: int, greys: Floats32) -> None:
        """See DeepWalk."""
        self._calibration.learn(greys, self.memory.lanes(step, self.groups))
        self._front.put(step, greys)
