"""The integers of a file become layers that learn, and come back as they were."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aecodec.train.own.networks import chains, drawing_networks, pixel_networks, tensors_of
from aecodec.train.own.weights import within
from aecodec.zoo import Zoo
from aecodec.zoo import tensors_of as tensors_in

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("drawn", [False, True])
def test_there_and_back(drawn: bool) -> None:
    model = Zoo().for_pixels()
    assert model is not None
    tensors = tensors_in(model)
    networks = drawing_networks(tensors, model.description) if drawn else pixel_networks(tensors)
    found = tensors_of(networks, tensors)
    others = "drawings.restoration."  # a network of its own, not a chain of these
    room = "drawings" if drawn else "pixels"
    assert set(found) == {name for name in tensors if name.startswith(room) and not name.startswith(others)}
    assert all(np.array_equal(found[name], tensors[name]) for name in found)


def test_the_same_bits_as_the_engine() -> None:
    model = Zoo().for_pixels()
    assert model is not None and model.pixels is not None
    networks = pixel_networks(tensors_in(model))
    inputs = np.random.default_rng(1).integers(-511, 512, (50, networks[0].first.weight.shape[1])).astype(np.float32)
    with torch.no_grad():
        theirs = networks[0](torch.from_numpy(inputs)) * 2.0 ** networks[0].head.fraction_out
    ours = model.pixels.networks.outputs(inputs.T[None])
    assert np.array_equal(theirs.numpy(), ours[0])


def test_a_change_that_breaks_the_bound_is_made_smaller() -> None:
    before = np.full((2, 400), 1, np.int64), np.zeros(2, np.int64)
    after = np.array([[127] * 400, [2] * 400], np.int64), np.zeros(2, np.int64)
    weight, _ = within(before, after, np.zeros(2, np.int64), 511)
    assert np.abs(weight[0]).sum() * 511 < 2**24
    assert (weight[0] > 1).all()
    assert (weight[1] == 2).all()


def test_tensors_of_other_networks() -> None:
    model = Zoo().for_pixels()
    assert model is not None
    tensors = tensors_in(model)
    tensors["pixels.1.1.weight"] = tensors["pixels.1.1.weight"][:, :-1]
    with pytest.raises(ValueError, match=r"pixels\.1\.1"):
        pixel_networks(tensors)
    assert all(layers for _, layers, _ in chains(pixel_networks(tensors_in(model))))
