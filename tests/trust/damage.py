"""Damaged files: never wrong pixels without an error, never another error than those that are documented."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

import aecodec
from aecodec.codec import inspect
from aecodec.errors import FormatError, UnsupportedError
from tests.checks import flipped
from tests.trust.golden import Golden, decode, golden, same
from tests.trust.mutators import DAMAGE
from tests.trust.pool import attempt, spread
from tests.trust.repaired import against_reference, large_claims, repaired
from tests.trust.trial import Size, Tally, Trial

SEED = 1
A_JOB = 500  # random attempts
REFUSED = (FormatError, UnsupportedError)
PROMISE = "FormatError or UnsupportedError; a first layer that is whole gives its own pixels"


def trials(size: Size) -> Iterator[Trial]:
    """See ``TESTING.md``."""
    every = len(golden())
    files = size.pick(every // 6, every)
    yield spread(partial(_prefixes, size), files, size)
    yield spread(partial(_bits, size), files, size)
    yield spread(partial(_random, size.pick(500, A_JOB)), size.pick(4, 200), size)
    yield spread(partial(repaired, size.pick(150, A_JOB)), size.pick(4, 200), size)
    # The reference decoder keeps what drawings recall in lists of Python, several times as large as arrays.
    yield spread(partial(against_reference, size.pick(15, 100)), size.pick(2, 20), size, most_mib=128)
    yield spread(partial(large_claims, size.pick(2, 10)), size.pick(2, 10), size, most_mib=256)


def _chosen(size: Size, job: int) -> Golden:
    """The file of a job; at the quick size every sixth."""
    return golden()[job * size.pick(6, 1)]


def _prefixes(size: Size, job: int) -> Trial:
    file, tally = _chosen(size, job), Tally("every prefix of a file", PROMISE)
    for length in range(len(file.data)):
        thorough = size is Size.FULL or length % 32 == 0 or length == file.first
        attempt(tally, partial(_wrong, file, file.data[:length], f"{file.name} cut to {length}", thorough))
    return tally.trial


def _bits(size: Size, job: int) -> Trial:
    file, tally = _chosen(size, job), Tally("every single bit of a file", PROMISE)
    for place in range(len(file.data)):
        for bit in range(8):
            thorough = size is Size.FULL or (8 * place + bit) % 256 == 0
            damaged = flipped(file.data, place, 1 << bit)
            attempt(tally, partial(_wrong, file, damaged, f"{file.name}, bit {bit} of byte {place}", thorough))
    return tally.trial


def _random(count: int, job: int) -> Trial:
    tally = Tally(f"random {', '.join(f'{name}s' for name in DAMAGE)}", PROMISE)
    rng = np.random.default_rng([SEED, job])
    contents = {file.data: file for file in golden()}
    for number in range(count):
        file = golden()[int(rng.integers(len(golden())))]
        kind = list(DAMAGE)[number % len(DAMAGE)]
        damaged = DAMAGE[kind](file.data, rng, list(contents))
        what = f"{file.name}, {kind} {number} of job {job}: {damaged.hex()}"
        if damaged in contents:  # a splice of nothing and a whole file, say
            attempt(tally, partial(_other, contents[damaged], what))
        else:
            attempt(tally, partial(_wrong, file, damaged, what, number % 8 == 0))
    return tally.trial


def _other(file: Golden, what: str) -> str | None:
    return None if same(decode(file.data), file.pictures) else f"{what}: other pixels"


def _wrong(file: Golden, damaged: bytes, what: str, thorough: bool) -> str | None:
    """What went wrong with a damaged copy of ``file``, if anything; ``thorough``: decode a first layer that is left."""
    first = damaged[: file.first] if file.first is not None else b""
    left = first == file.data[: file.first] if first else False
    calls: dict[str, Callable[[], object]] = {"decompress": partial(aecodec.decompress, damaged)}
    if left:
        found = inspect(damaged)
        if found.lossless or found.second_model is not None or found.first_bytes != file.first:
            return f"{what}: inspect says {found}"
        if thorough and not same(decode(damaged, base=True), file.base):
            return f"{what}: another first layer"
    else:
        calls |= {"inspect": partial(inspect, damaged), "base": partial(aecodec.decompress, damaged, base=True)}
    for name, call in calls.items():
        try:
            call()
        except REFUSED:
            continue
        except Exception as error:
            return f"{what}: {name} raised {type(error).__name__}: {error}"
        return f"{what}: {name} accepted it"
    return None
