"""Changed files whose checksums were made to fit: what gets past them must still end as documented."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from aecodec.codec import Decoder
from aecodec.codec.tiles import count_tiles
from aecodec.errors import AecError, FormatError, LimitError, ModelError, UnsupportedError
from aecodec.limits import GRID_SIDE
from aecodec.pixels.order import count_steps
from tests.reference import load_reference
from tests.trust.again import misread
from tests.trust.golden import MODELS, Golden, golden, zoo
from tests.trust.mutators import CHANGES, sealed_again
from tests.trust.pool import attempt
from tests.trust.repair import rechecked
from tests.trust.trial import Tally, Trial

SEED = 2
DOCUMENTED = (FormatError, UnsupportedError, ModelError, LimitError)
MOST_CLAIMED = 1 << 17  # samples of whole tiles that a changed file may claim to be decoded here
CLAIMS = range(MOST_CLAIMED + 1, 1 << 22)  # decoded in a trial of their own
A_STEP = 256  # samples of one picture that take as long as a step of its exact pixels, at least
MOST_SECONDS = 10  # of CPU time for 2**20 samples that a changed file claims
LONG = 8  # of so many attempts one is with a file whose scans take long
PROMISE = "a documented error, or pictures of the header's sizes that are parsed and built again alike"


def _is_long(file: Golden) -> bool:
    return file.name.startswith(("network", "origins", "layers"))


def changed(seed: int, job: int, *, quick_only: bool = False) -> Iterator[tuple[str, bytes]]:
    """What was done, and the bytes after it, with sound checksums; without end."""
    rng = np.random.default_rng([SEED, seed, job])
    contents = [file.data for file in golden()]
    groups = [[f for f in golden() if not _is_long(f)], [f for f in golden() if _is_long(f)]]
    number = 0
    while True:
        group = groups[0 if quick_only else int(number % LONG == 0)]
        file = group[int(rng.integers(len(group)))]
        kind = list(CHANGES)[int(rng.integers(len(CHANGES)))]
        data = sealed_again(CHANGES[kind](file.data, rng, contents))
        yield f"{file.name}, {kind} {number} of job {job}: {data.hex()}", data
        number += 1


def claimed(decoder: Decoder, step: int = A_STEP) -> int:
    """How many samples of whole tiles the planes of all pictures take. Exact pixels have no tiles; but each of their
    steps counts as at least ``step`` samples.
    """
    header = decoder.container.header
    if header.pixels and header.shapes is not None:
        return sum(
            max(math.prod((s.height, s.width, s.channels)), step * count_steps(s.height, s.width, 3)) * length
            for s, length in header.shapes.runs
        )
    tile = (1, 1)
    if decoder.model is not None:
        tile = (GRID_SIDE, GRID_SIDE) if decoder.model.native is None else decoder.model.tiles.tile
    if header.shapes is None:
        return header.count * tile[0] * tile[1]
    tiles = sum(count_tiles(shape, tile, with_alpha=True) * length for shape, length in header.shapes.runs)
    return tiles * tile[0] * tile[1]


def repaired(count: int, job: int) -> Trial:
    """Attempts with any file."""
    tally = Tally("changes with repaired checksums", PROMISE)
    tally.measured |= {"decoded": 0, "decoded with new checks": 0, "of larger claims, only parsed": 0}
    for (what, data), _ in zip(changed(1, job), range(count), strict=False):
        attempt(tally, partial(_wrong, what, data, tally))
    return tally.trial


def _wrong(what: str, data: bytes, tally: Tally) -> str | None:
    try:
        decoder = Decoder(data, zoo())
        if claimed(decoder) > MOST_CLAIMED:
            _more(tally, "of larger claims, only parsed")
            return None
        try:
            pictures = list(decoder)
            _more(tally, "decoded")
        except FormatError as error:
            if not str(error).startswith("the decoded pixels do not match"):
                return None
            data = rechecked(data)
            decoder = Decoder(data, zoo())
            pictures = list(decoder)
            _more(tally, "decoded with new checks")
    except DOCUMENTED as error:
        return None if "\n" not in str(error) else f"{what}: more than one line: {error}"
    except Exception as error:
        return f"{what}: {type(error).__name__}: {error}"
    return misread(what, data, decoder, pictures)


def _more(tally: Tally, key: str) -> None:
    tally.measured[key] = int(tally.measured[key]) + 1


def against_reference(count: int, job: int) -> Trial:
    """Attempts that the reference decoder makes, too, with files that it reads soon."""
    tally = Tally(
        "changes with repaired checksums, read by the reference decoder",
        "the same kind of error or the same pixels, or a payload that the package alone refuses",
    )
    reference = load_reference()
    kinds = {
        FormatError: reference.Corrupt,
        UnsupportedError: reference.Unsupported,
        ModelError: reference.ModelNeeded,
        LimitError: reference.Limit,
    }
    known = {zoo().load(path).fingerprint: path.read_bytes() for path in _sound_models()}
    for what, data in changed(2, job, quick_only=True):
        if tally.tried == count:
            break
        ours: object
        alone = False
        try:
            decoder = Decoder(data, zoo())
            if claimed(decoder, 1) > MOST_CLAIMED // 16:
                continue
            ours = [(picture.shape, picture.tobytes()) for picture in decoder]
        except AecError as error:
            ours = kinds.get(type(error), type(error))
            alone = "would not be written so" in str(error)  # which a decoder may leave unnoticed
        theirs: object
        try:
            theirs = [(picture.shape, picture.tobytes()) for picture in reference.decode(data, known)[0]]
        except reference.DecodeError as error:
            theirs = type(error)
        tally.count(
            None
            if ours == theirs or (alone and not isinstance(theirs, type))
            else f"{what}: {ours}, and the reference decoder {theirs}"[:4000]
        )
    return tally.trial


def _sound_models() -> Iterator[Path]:
    for path in sorted(MODELS.glob("*.safetensors")):
        try:
            zoo().load(path)
        except ModelError:
            continue
        yield path


def large_claims(count: int, job: int) -> Trial:
    """Changed files that claim more pictures or larger ones: their time and memory follow what they claim."""
    tally = Tally(
        f"the same that claim {CLAIMS.start:,} to {CLAIMS.stop:,} samples",
        "a documented error, or pictures; time in proportion to what is claimed",
    )
    for what, data in changed(3, job):
        if tally.tried == count:
            break
        try:
            decoder = Decoder(data, zoo())
            claims = claimed(decoder)
        except DOCUMENTED:
            continue
        if claims not in CLAIMS:
            continue
        start = time.process_time()
        failure = None
        try:
            list(decoder)
        except DOCUMENTED:
            pass
        except Exception as error:
            failure = f"{what}: {type(error).__name__}: {error}"
        seconds = (time.process_time() - start) * (1 << 20) / claims
        if failure is None and seconds > MOST_SECONDS:
            failure = f"{what}: {seconds:.1f} s of CPU time for 2**20 samples"
        tally.worst("slowest, s of CPU time for 2**20 samples", seconds)
        tally.count(failure)
    return tally.trial
