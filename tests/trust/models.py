"""Bad models: refused before they are used, with one line, in bounded time and memory; and never unpickled."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator

import numpy as np

from aecodec.codec import Decoder
from aecodec.codec.encode import encode
from aecodec.codec.plan import Plan
from aecodec.errors import AecError, ModelError
from aecodec.zoo import load_model
from formats.vectors_maker.vector import OneModel
from tests.checks import flipped
from tests.made import strokes
from tests.trust import model_files as files
from tests.trust.foreign import foreign
from tests.trust.model_folders import folders
from tests.trust.packed_models import bombs, changed_bytes, packed_models
from tests.trust.pool import apart
from tests.trust.trial import Size, Tally, Trial

REFUSED = "ModelError, one line"
SLOWEST = 60.0  # seconds of one refusal, above which it counts as a failure
MEMORY = 1 << 10  # MiB that all refusals of a trial may add to their process, above which it is a failure
Files = Iterable[files.Changed]


def trials(size: Size) -> Iterator[Trial]:
    """One trial a kind of badness."""
    made, shipped = files.made_models(), files.shipped_models()
    every = made | shipped
    some = every if size is Size.FULL else made | {key: shipped[key] for key in ("mnist-8", "mnist-exact")}
    yield refused("a bit flipped in a shipped model", _bits(shipped, size.pick(6, 2000)))
    yield refused("a byte changed in a made model", _bytes(made, size.pick(149, 1)))
    yield refused("a bit flipped in a header", _header_bits(some, size.pick(401, 5)))
    yield refused("cut short, or followed by something", _lengths(some, size.pick(20, 500)))
    yield refused("tensors missing, of NaN, of another dtype or shape", _of(files.misshapen, made, size.pick(7, 1)))
    if size is Size.FULL:
        yield refused("the same in shipped models", _of(files.misshapen, shipped, 1))
    yield refused("layers that break the bound", _of(files.unbounded, some, size.pick(17, 1)), what="bound")
    yield refused("a tensor more, with the digest of before", _spliced(some))
    yield accepted("a tensor more that no part of the model names, with its digest", some)
    yield refused("a known answer of another machine", _answers(some), what="known answer")
    yield refused("headers that lie, or would fill the memory", _of(files.headers, made, size.pick(3, 1)))
    yield refused("small files of enormous work", files.bombs())
    count = size.pick(60, 1000)
    packed = packed_models()
    yield refused("a byte changed in a packed model", _bytes(packed, size.pick(29, 1)))
    yield refused("packed tensors missing, of another dtype or shape", _of(files.misshapen, packed, 1))
    yield refused("small packed models of enormous work", bombs())
    some_bytes = changed_bytes(size.pick(60, 5000))
    yield refused("bytes of packed tensors changed, with their digest", some_bytes, harmless=True)
    changed = (each for data in made.values() for each in files.random_descriptions(data, count, seed=8))
    yield refused("descriptions changed at random", changed, harmless=True)
    yield from foreign(size)
    yield from folders(size)


def refused(name: str, changed: Files, *, what: str = "", harmless: bool = False) -> Trial:
    """Every file is refused by a ModelError that says ``what``; or, where it may be ``harmless``, is loaded."""
    return apart(lambda: _refused(name, changed, what, harmless), MEMORY)


def _refused(name: str, changed: Files, what: str, harmless: bool) -> Trial:
    tally = Tally(name, f"{REFUSED}{', or loaded with all its checks, and usable' if harmless else ''}")
    loaded = 0
    for change, data in changed:
        start = time.perf_counter()
        failure = _attempt(data, what)
        took = time.perf_counter() - start
        if failure == "accepted" and harmless:
            failure, loaded = _use(data), loaded + 1
        if failure is None and took > SLOWEST:
            failure = f"after {took:.0f} s"
        tally.worst("slowest, s", round(took, 3))
        tally.count(failure and f"{change}: {failure}")
    if harmless:
        tally.measured["of them loaded"] = loaded
    return tally.trial


def _attempt(data: bytes, what: str) -> str | None:
    try:
        load_model(data)
    except ModelError as error:
        message = str(error)
        if type(error) is not ModelError or not message.isprintable() or not 1 <= len(message) <= 2000:
            return f"not one line: {message[:100]!r}"
        return None if what in message else f"refused for another reason: {message[:200]}"
    except BaseException as error:  # a panic of a library's is no Exception
        return f"{type(error).__name__}: {str(error)[:200]}"
    return "accepted"


def _use(data: bytes) -> str | None:
    """What goes wrong where a model that was loaded compresses and decompresses."""
    model = load_model(data)
    pictures = list(strokes(2, *(model.native or (9, 13))))
    try:
        for plan in (Plan(model, False, 1), Plan(model, True, 0)):
            file = encode(pictures, plan, many=True)
            found = list(Decoder(file.data, OneModel(model)))
            if plan.exact and not all(map(np.array_equal, found, pictures)):
                return "loaded, and gave other pictures"
    except AecError:
        return None
    except BaseException as error:
        return f"loaded, and then {type(error).__name__}: {str(error)[:200]}"
    return None


def _bits(every: dict[str, bytes], count: int) -> Iterator[files.Changed]:
    rng = random.Random(81)
    for name, data in every.items():
        for _ in range(count):
            place, bit = rng.randrange(len(data)), rng.randrange(8)
            yield f"{name}: bit {bit} of byte {place}", flipped(data, place, 1 << bit)


def _bytes(every: dict[str, bytes], stride: int) -> Iterator[files.Changed]:
    rng = random.Random(82)
    for name, data in every.items():
        for place in range(0, len(data), stride):
            mask = rng.randrange(1, 256)
            yield f"{name}: byte {place} by {mask:02x}", flipped(data, place, mask)


def _header_bits(every: dict[str, bytes], stride: int) -> Iterator[files.Changed]:
    for name, data in every.items():
        for at in range(0, 8 * files.header_of(data)[1], stride):
            yield f"{name}: bit {at % 8} of byte {at // 8}", flipped(data, at // 8, 1 << at % 8)


def _lengths(every: dict[str, bytes], count: int) -> Iterator[files.Changed]:
    rng = random.Random(83)
    for name, data in every.items():
        end = files.header_of(data)[1]
        lengths = [*range(10), end - 1, end, end + 1, len(data) - 1]
        for length in [*lengths, *(rng.randrange(len(data)) for _ in range(count))]:
            yield f"{name}: cut to {length}", data[:length]
        for more in (b"\0", b" ", b"}", data[:8], data[end:], data):
            yield f"{name}: followed by {len(more)} bytes", data + more
        yield f"{name}: behind a byte", b"\0" + data


def _of(change: object, every: dict[str, bytes], stride: int) -> Iterator[files.Changed]:
    for name, data in every.items():
        for number, (what, changed) in enumerate(change(data)):  # type: ignore[operator]
            if number % stride == 0:
                yield f"{name}: {what}", changed


def _spliced(every: dict[str, bytes]) -> Iterator[files.Changed]:
    for name, data in every.items():
        for what, tensors in files.extra().items():
            yield f"{name}: {what}", files.spliced(data, tensors)


def _answers(every: dict[str, bytes]) -> Iterator[files.Changed]:
    for name, data in every.items():
        right = files.parts(data)[2]["known_answer"]
        for other in ("0" * 64, right[::-1], right.upper(), right[:-1], "", 7, [right]):
            yield f"{name}: {str(other)[:10]}", files.repacked(data, {}, known_answer=other)


def accepted(name: str, every: dict[str, bytes]) -> Trial:
    """Models with a tensor that is not theirs are loaded, and it is not looked at."""
    tally = Tally(name, "loaded, with the same known answer")
    for which, data in every.items():
        for what, tensors in files.extra().items():
            try:
                load_model(files.repacked(data, tensors))
            except AecError as error:
                tally.count(f"{which}: {what}: {error}")
            else:
                tally.count()
    return tally.trial
