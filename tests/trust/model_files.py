"""Model files to be damaged: those that are shipped, made ones that have everything, and ways to change them.

A change with its digest made right is refused for the reason in question; without, for the digest.
"""

from __future__ import annotations

import copy
import json
import math
import random
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from aecodec.zoo import pack_model, save_model
from aecodec.zoo.find import shipped_folder
from tests.made import made_tensors, with_based

Arrays = dict[str, NDArray[Any]]
Changed = tuple[str, bytes]  # what was done, and the file after it


@cache
def made_models() -> dict[str, bytes]:
    """Small ones: with a residual coder; with every op; with every tensor that there is."""
    plain, every_op = made_tensors(), made_tensors(every_op=True, tile=(12, 8))
    tensors, description = made_tensors(latents=2, tile=(24, 28))
    return {
        "made": save_model("made-6", *plain),
        "made-ops": save_model("made-ops", *every_op),
        "made-based": save_model("made-based", with_based(tensors), description),
    }


@cache
def shipped_models() -> dict[str, bytes]:
    """All that came with aecodec."""
    return {path.stem: path.read_bytes() for path in sorted(shipped_folder().glob("*.safetensors"))}


def header_of(data: bytes) -> tuple[dict[str, Any], int]:
    """The JSON header, and where the tensors begin."""
    end = 8 + int.from_bytes(data[:8], "little")
    header: dict[str, Any] = json.loads(data[8:end])
    return header, end


def parts(data: bytes) -> tuple[str, Arrays, dict[str, Any]]:
    """Id, tensors and description."""
    metadata = header_of(data)[0]["__metadata__"]
    return metadata["id"], load(data), json.loads(metadata["description"])


def version_of(data: bytes) -> str:
    """The version that the file states."""
    return str(header_of(data)[0]["__metadata__"]["version"])


def with_header(data: bytes, text: str) -> bytes:
    """The file with another text for a header."""
    header = text.encode("utf-8", "surrogatepass")
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + data[header_of(data)[1] :]


def repacked(data: bytes, tensors: Mapping[str, NDArray[Any] | None], **fields: object) -> bytes:
    """The file with other tensors and fields of the description, None for none, and a digest that suits them."""
    name, arrays, description = parts(data)
    arrays = {key: value for key, value in {**arrays, **tensors}.items() if value is not None}
    changed = {key: value for key, value in {**description, **fields}.items() if value is not None}
    return pack_model(name, arrays, changed, version_of(data))


def spliced(data: bytes, tensors: Arrays) -> bytes:
    """The file with more tensors, and the digest that it had."""
    _, arrays, _ = parts(data)
    return save({**arrays, **tensors}, header_of(data)[0]["__metadata__"])


def misshapen(data: bytes) -> Iterator[Changed]:
    """Every tensor missing, of another dtype, full of NaN or infinities, of another shape; the digest is right."""
    _, arrays, _ = parts(data)
    for name, tensor in arrays.items():
        flat = tensor.reshape(-1)
        others: dict[str, NDArray[Any] | None] = {
            "missing": None if name not in OPTIONAL else tensor.astype(np.int64),
            "NaN": np.full(tensor.shape, np.nan, np.float32),
            "infinite": np.full(tensor.shape, -np.inf, np.float64),
            "float32": tensor.astype(np.float32),
            "float16": np.zeros(tensor.shape, np.float16),
            "int16": tensor.astype(np.int16),
            "other sign": tensor.view({"int8": np.uint8, "uint8": np.int8, "int32": np.uint32}[tensor.dtype.name]),
            "bool": tensor.astype(np.bool_),
            "one less": tensor[..., :-1],
            "one more": np.concatenate([flat, flat[:1]]),
            "one axis more": tensor[None],
            "flat" if tensor.ndim > 1 else "upright": flat if tensor.ndim > 1 else tensor[:, None],
            "empty": tensor[:0],
            "one value": flat[:1] if len(flat) > 1 else np.repeat(flat, 3),
        }
        for what, other in others.items():
            yield f"{name} {what}", repacked(data, {name: other})


OPTIONAL = {"residual.costs", "search.curvature"}  # a model may lack these, and its known answer stays the same


def unbounded(data: bytes) -> Iterator[Changed]:
    """Every layer with sums that could reach 2**24; the digest is right."""
    _, arrays, _ = parts(data)
    for name in (key.removesuffix(".bias") for key in arrays if key.endswith(".bias")):
        bias, shift = arrays[f"{name}.bias"].copy(), arrays[f"{name}.shift"].copy()
        for value in (1 << 24, -(1 << 24), np.iinfo(np.int32).min, np.iinfo(np.int32).max):
            bias[-1] = value
            yield f"{name}.bias ends in {value}", repacked(data, {f"{name}.bias": bias})
        for value in (32, -32, 127, -128):
            shift[0] = value
            yield f"{name}.shift begins with {value}", repacked(data, {f"{name}.shift": shift})


def random_descriptions(data: bytes, count: int, seed: int) -> Iterator[Changed]:
    """Descriptions with one to three values replaced, dropped or moved; the digest is right."""
    rng = random.Random(seed)
    name, arrays, description = parts(data)
    for number in range(count):
        changed = json.loads(json.dumps(description))
        for _ in range(rng.randint(1, 3)):
            _change(changed, rng)
        yield f"description {number} of seed {seed}", pack_model(name, arrays, changed, version_of(data))


_JUNK: tuple[Any, ...] = (
    *(None, True, "", "8", "x" * 5000, [], {}, [[]], 0, -1, 1, 2, 7, 255, 1 << 15, 1 << 20, 1 << 24, 1 << 31, 1 << 63),
    *(10**300, -(10**300), 0.5, -0.0, 1e308, math.nan, math.inf, [1 << 20, 1 << 20], [[1]] * 50, {"op": "conv"}),
    *("dense", "concat", "shuffle", "round", {"op": "concat"}, {"op": "shuffle"}, {"op": "flatten"}),
    {"op": "round", "shift": 1, "low": 0, "high": 255},
)


def _change(node: Any, rng: random.Random) -> None:
    """Walk down to some value, and put another in its place."""
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = rng.choice(keys)
        if isinstance(node[key], dict | list) and node[key] and rng.random() < 0.8:
            node = node[key]
            continue
        way = rng.randrange(4)
        if way == 0:
            del node[key]
        elif way == 1 and isinstance(node, list):
            node.insert(rng.randrange(len(node) + 1), copy.deepcopy(node[key]))
        elif way == 2 and isinstance(node[key], int) and not isinstance(node[key], bool):
            node[key] += rng.choice((-1, 1, 1 << rng.randrange(40)))
        else:
            node[key] = copy.deepcopy(rng.choice(_JUNK))  # or later changes would be of all its places
        return


def headers(data: bytes) -> Iterator[Changed]:
    """Bombs and lies in the header."""
    header, end = header_of(data)
    text = data[8:end].decode().rstrip()
    for length in (0, 1, 7, end - 9, end - 7, len(data), 1 << 20, 1 << 40, (1 << 63) - 1, (1 << 64) - 1):
        yield f"a header of {length} bytes", length.to_bytes(8, "little") + data[8:]
    for what, other in {
        "nested lists": "[" * 500_000,
        "nested objects": '{"a":' * 150_000,
        "a long number": f'{{"a":{"9" * 900_000}}}',
        "many numbers": f"[{'9,' * 400_000}9]",
        "no object": "7",
        "nothing": "",
        "half": text[: len(text) // 2],
        "twice": text + text,
        "the metadata twice": f'{{"__metadata__":{json.dumps(header["__metadata__"])},{text[1:]}',
        "a tensor twice": f'{{"{min(header)}":{json.dumps(header[min(header)])},{text[1:]}',
        "the tile twice": text.replace('\\"tile\\":', '\\"tile\\":[9,9],\\"tile\\":'),
        "NaN for an offset": text.replace('"data_offsets":[', '"data_offsets":[NaN,', 1),
        "a negative offset": text.replace('"data_offsets":[', '"data_offsets":[-', 1),
        "an offset beyond": text.replace('"data_offsets":[', '"data_offsets":[9', 1),
        "a shape of 2**64": text.replace('"shape":[', '"shape":[18446744073709551616,', 1),
        "a shape of 2**63": text.replace('"shape":[', '"shape":[9223372036854775808,', 1),
        "another dtype": text.replace('"I8"', '"F8_E5M2"', 1),
        "half floats": text.replace('"I8"', '"BF16"', 1),
    }.items():
        yield what, with_header(data, other)
    for key, values in _METADATA.items():
        for value in values:
            metadata = {**header["__metadata__"], key: value}
            kept = {name: each for name, each in metadata.items() if each is not None}
            yield f"{key} {str(value)[:20]!r}", with_header(data, json.dumps({**header, "__metadata__": kept}))


_METADATA: dict[str, tuple[Any, ...]] = {
    "format": (None, "", "aecodec", 7, [], "aecodec-model\n"),
    "version": (None, "", "0", "5", "9", "1.0", "01", 1, [1], "1\n", "9" * 90_000),
    "id": (None, "", 7, "a\nb", "\x1b[2J", "x" * 201, "other"),
    "description": (None, "", "7", "[]", "{}", "null", "{" * 90_000, "[" * 90_000, '{"digest":1}', 7),
}


def bombs() -> Iterator[Changed]:
    """Small files, each sound but for the memory or the time that it would take."""
    data = made_models()["made"]
    description = parts(data)[2]
    rest = description["analysis"][1:]
    clip = {"low": 0, "high": 255}
    for side, kernel in ((1024, 31), (1024, 5), (256, 511), (32, 1023)):
        wide = {"analysis.0.weight": np.ones((1, kernel, kernel, 1), np.int8)}
        wide |= {"analysis.0.bias": np.zeros(1, np.int32), "analysis.0.shift": np.zeros(1, np.int8)}
        convolution = {"op": "conv", "stride": 1, **clip}
        yield (
            f"windows of {kernel} on {side}",
            repacked(data, wide, tile=[side, side], analysis=[convolution, *rest]),
        )
    for count in (600, 9000):
        steps = [{"op": "round", "shift": 1, **clip}] * count
        yield f"{count} roundings of 2**20 values", repacked(data, {}, tile=[1024, 1024], analysis=steps)
    grow = [description["synthesis"][0], {"op": "reshape", "shape": [1, 1, 32]}, *[{"op": "concat"}] * 9000]
    yield "9000 times longer", repacked(data, {}, synthesis=grow)
    yield "a tile of 2**40", repacked(data, {}, tile=[1 << 20, 1 << 20])
    one = {"prior.low": np.array([-1], np.int8), "prior.high": np.array([0], np.int8)}
    for units in ([1 << 30, 4], [4, 1 << 30], [1 << 20, 1 << 20]):
        yield f"{units} units", repacked(data, one, prior_units=units)
    yield "2**15 latents", repacked(data, {key: np.zeros(1 << 15, np.int8) for key in one})
    yield "a slope of 2**70", repacked(data, {}, slope=1 << 70)


def extra() -> dict[str, Arrays]:
    """Tensors that no part of a model names."""
    return {
        "notes of NaN": {"notes": np.full((3, 3), np.nan, np.float32)},
        "a layer after the last": {"synthesis.99.weight": np.ones((2, 2), np.int8)},
        "a large one": {"zeros": np.zeros(1 << 20, np.uint8)},
        "one without a name": {"": np.zeros(1, np.int64)},
    }
