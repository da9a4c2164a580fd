"""Faults that could slip into the code, each of which the test suite must notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Seed:
    """``old``, which stands once in the file ``path``, becomes ``new``. ``first`` is the test file to ask first."""

    name: str
    path: str
    old: str
    new: str
    first: str


SEEDS = (
    Seed(
        "checksum of the file not compared",
        "aecodec/container/frame.py",
        '.to_bytes(CHECKSUM_BYTES, "big") == found',
        '.to_bytes(CHECKSUM_BYTES, "big") != b""',
        "container/test_round_trips",
    ),
    Seed(
        "check of the decoded pixels not compared",
        "aecodec/codec/decode.py",
        '.to_bytes(4, "big")[4 - len(check) :] != check:',
        '.to_bytes(4, "big")[4 - len(check) :] == b"":',
        "codec/test_damage",
    ),
    Seed(
        "frequency table off by one",
        "aecodec/entropy/tables.py",
        "freq += 1\n    freq[np.arange(len(freq)), weights.argmax(-1)] +=",
        "freq += 1\n    freq[np.arange(len(freq)), weights.argmax(-1) - 1] +=",
        "vectors/test_valid",
    ),
    Seed(
        "bound of exact inference not checked",
        "aecodec/exact/affine.py",
        "(units.size and int(units.max()) >= EXACT_FLOAT32)",
        "(units.size and int(units.max()) >= 1 << 62)",
        "test_exact",
    ),
    Seed(
        "bound of exact inference off by one",
        "aecodec/exact/affine.py",
        "int(units.max()) >= EXACT_FLOAT32",
        "int(units.max()) > EXACT_FLOAT32",
        "test_exact",
    ),
    Seed(
        "output written in place, without the rename",
        "aecodec/files/atomic.py",
        'temporary = os.path.join(folder, temporary_name())\n    try:\n        with open(temporary, "xb") as file:',
        'temporary = path\n    try:\n        with open(temporary, "wb") as file:',
        "files/test_write_file",
    ),
    Seed(
        "output replaced without being asked",
        "aecodec/files/atomic.py",
        "    if force:\n        with suppress(OSError):",
        "    if True:\n        with suppress(OSError):",
        "files/test_write_file",
    ),
    Seed(
        "payload not compared with its only form",
        "aecodec/entropy/stream.py",
        "if self._again.finish() != self._payload:",
        "if len(self._again.finish()) > 1 << 40:",
        "test_entropy",
    ),
    Seed(
        "bytes after the last block not noticed",
        "aecodec/container/layout.py",
        'cursor.finish("the last block")',
        "cursor.at = cursor.end",
        "container/test_rules",
    ),
    Seed(
        "number in a longer form accepted",
        "aecodec/container/varint.py",
        "if place and not byte:",
        "if place > 4 and not byte:",
        "container/test_varints",
    ),
    Seed(
        "unknown block method taken for deflated",
        "aecodec/coders/table.py",
        "    coder = coders(deep=deep).get(method)\n",
        "    coder = coders(deep=deep).get(method) or CODERS[1]\n",
        "vectors/test_refused",
    ),
    Seed(
        "side of a picture not limited",
        "aecodec/container/shape.py",
        "if max(self.height, self.width) > MAX_SIDE or",
        "if max(self.height, self.width) > MAX_SIDE << 8 or",
        "vectors/test_refused",
    ),
    Seed(
        "name that leads out of the folder accepted",
        "aecodec/container/names.py",
        r"(?:\A|/)\.{0,2}(?:/|\Z)",
        r"(?:\A|/)\.{0,1}(?:/|\Z)",
        "container/test_names",
    ),
    Seed(
        "wrong known answer of a model accepted",
        "aecodec/zoo/load.py",
        "if answer != expected:",
        "if not expected:",
        "zoo/test_damage",
    ),
    Seed(
        "digest of a model not compared",
        "aecodec/zoo/load.py",
        'if not proved and description["digest"] != content_digest(metadata["id"], tensors, description):',
        'if not description["digest"]:',
        "zoo/test_damage",
    ),
    Seed(
        "half not added before a layer's floor",
        "aecodec/exact/affine.py",
        "(bias * scale + np.float32(0.5))",
        "(bias * scale + np.float32(0.4999))",
        "test_exact",
    ),
    Seed(
        "of two multiples equally near the smaller",
        "aecodec/lossy/prior.py",
        "(np.asarray(values, np.int64) + step // 2) // step",
        "(np.asarray(values, np.int64) + (step - 1) // 2) // step",
        "vectors/test_valid",
    ),
    Seed(
        "end of a scan's pixel in binary32",
        "aecodec/scans/reduction.py",
        "(start.astype(np.float64) + _LENGTH * float(pitch)).astype(np.float32)",
        "(start + np.float32(_LENGTH) * pitch).astype(np.float32)",
        "test_scans",
    ),
    Seed(
        "picture of the wrong block by index",
        "aecodec/codec/decode.py",
        "divmod(index, self.container.header.block_pictures)",
        "divmod(index, max(2, self.container.header.block_pictures))",
        "vectors/test_valid",
    ),
    Seed(
        "second layer's checksum not compared",
        "aecodec/container/second.py",
        "return end >= first.stop and is_sealed(first.data, end)",
        "return end >= first.stop",
        "test_layers",
    ),
    Seed(
        "damaged file reported as a usage error",
        "aecodec/errors.py",
        "exit_code = 3",
        "exit_code = 2",
        "cli/test_hostile",
    ),
    Seed(
        "sum of a regression in another order",
        "aecodec/pixels/regression.py",
        "    terms[:4] += terms[8:]\n    terms[:4] += terms[4:8]",
        "    terms[4:8] += terms[8:]\n    terms[:4] += terms[4:8]",
        "vectors/test_valid",
    ),
    Seed(
        "steps of a payload of pixels without a limit",
        "aecodec/pixels/blocks.py",
        "if steps_of(sizes) > most_steps(sizes):",
        "if steps_of(sizes) > most_steps(sizes) << 40:",
        "vectors/test_refused",
    ),
    Seed(
        "margin of the quick way's prediction lost",
        "aecodec/pixels/quick.py",
        "        np.minimum(predictions, GREYS - 1, out=predictions)\n",
        "",
        "pixels/test_quick",
    ),
    Seed(
        "first lane of a step stays in an entry",
        "aecodec/drawings/recall.py",
        "self._first[entries] = np.where(replaced, outcome, first).reshape(-1)",
        "self._first[entries[::-1]] = np.where(replaced, outcome, first).reshape(-1)[::-1]",
        "vectors/test_valid",
    ),
    Seed(
        "equal candidates in any order",
        "aecodec/drawings/candidates.py",
        'np.argsort(-votes, axis=0, kind="stable")',
        'np.argsort(votes, axis=0, kind="stable")[::-1]',
        "vectors/test_valid",
    ),
    Seed(
        "counts of plain surroundings never forget",
        "aecodec/drawings/plain.py",
        "_MOST = 1 << 12",
        "_MOST = 1 << 62",
        "drawings/test_tables",
    ),
    Seed(
        "steps of a payload of drawings without a limit",
        "aecodec/drawings/blocks.py",
        "if steps_of(sizes, distances) > most_steps(sizes):",
        "if steps_of(sizes, distances) > most_steps(sizes) << 40:",
        "vectors/test_refused",
    ),
    Seed(
        "counts of guesses never forget",
        "aecodec/drawings/counts.py",
        "> self._most)",
        "> self._most << 40)",
        "drawings/test_following",
    ),
    Seed(
        "noise of a reference is taken over",
        "aecodec/drawings/guide.py",
        "rest[np.abs(rest) <= _SMALL] = 0",
        "rest[np.abs(rest) < 0] = 0",
        "vectors/test_valid",
    ),
    Seed(
        "a picture goes together with its reference",
        "aecodec/drawings/blocks.py",
        "if depths[place] == depths[some[0]]]",
        "if depths[place] >= 0]",
        "drawings/test_following",
    ),
)
