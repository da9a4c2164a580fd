"""Fixtures: made pictures, and a run on them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from aecodec.train.data import Pictures, load
from aecodec.train.loop import Training
from tests.made import strokes
from tests.train.runs import CPU, settings


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    folder = tmp_path_factory.mktemp("collection")
    for number, picture in enumerate(strokes(260, 16, 20)):
        Image.fromarray(picture).save(folder / f"{number:04}.png")
    return load("", Path(), folder, CPU)


@pytest.fixture(scope="module")
def trained(pictures: Pictures, tmp_path_factory: pytest.TempPathFactory) -> Training:
    training = Training(settings(), pictures, CPU)
    training.run(tmp_path_factory.mktemp("run") / "a.ckpt", lambda event: None)
    return training
