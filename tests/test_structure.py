"""formats/aec.ksy: the parser generated from it says the same of every golden file as the package does."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from kaitaistruct import KaitaiStructError, ValidationFailedError

from aecodec.errors import AecError
from formats.make_parser import DESCRIPTION, PARSER, compiled, has_compiler, sealed
from tests.checks import flipped, resealed
from tests.structure import File, Unlike, by_package, by_parser
from tests.test_vectors import MANIFEST, vector

VALID = list(MANIFEST["valid"])
REFUSED = [(kind, name) for kind in ("invalid", "future") for name in MANIFEST.get(kind, {})]
# Methods are fields of the description; the package looks at them when it decodes.
METHODS = {"/types/record/seq/1", "/types/alpha/seq/0", "/types/second_record/seq/0"}
# Which names are safe and different, no description of structure can say.
NO_TEXT = {"name-not-utf-8", "name-surrogate"}
UNSAFE = {name for name in MANIFEST["invalid"] if name.startswith("name-")} - NO_TEXT
UNSAFE |= {"names-repeated", "names-folder"}


def read(data: bytes) -> tuple[File | AecError, File | KaitaiStructError | Unlike]:
    """What both readers say, each a file or an error."""
    ours: File | AecError
    theirs: File | KaitaiStructError | Unlike
    try:
        ours = by_package(data)
    except AecError as error:
        ours = error
    try:
        theirs = by_parser(data)
    except (KaitaiStructError, Unlike) as error:
        theirs = error
    return ours, theirs


def agreement(data: bytes) -> str:
    """How far both agree; fails where they read different things."""
    ours, theirs = read(data)
    if isinstance(ours, File) and isinstance(theirs, File):
        assert theirs == ours
        return "same"
    if isinstance(ours, File):
        by_method = isinstance(theirs, ValidationFailedError) and theirs.src_path in METHODS
        return "method" if by_method else f"parser alone: {theirs}"
    return f"package alone: {ours}" if isinstance(theirs, File) else "refused"


@pytest.mark.parametrize("name", VALID)
def test_valid(name: str) -> None:
    data = vector("valid", name)
    assert by_parser(data) == by_package(data)


@pytest.mark.parametrize("name", [name for name, entry in MANIFEST["valid"].items() if "base_sha256" in entry])
def test_a_first_layer_alone(name: str) -> None:
    data = vector("valid", name)
    whole = by_package(data)
    first = data[: whole.layers[0].stop]
    found = by_parser(first)
    assert found == by_package(first)
    assert (len(whole.layers), found.layers) == (2, whole.layers[:1])


@pytest.mark.parametrize(("kind", "name"), REFUSED)
def test_refused(kind: str, name: str) -> None:
    """The parser refuses what is wrong in structure, and reads what is wrong in content alone."""
    found = agreement(vector(kind, name))
    if name in UNSAFE:
        assert found.startswith("package alone")
    else:
        assert found in ("same", "refused", "method")


def test_each_kind_of_refusal_is_seen() -> None:
    found = Counter(agreement(vector(kind, name)) for kind, name in REFUSED if name not in UNSAFE)
    assert found["same"] >= 40 and found["refused"] >= 70 and found["method"] >= 10


@pytest.mark.parametrize("name", VALID)
def test_damaged_fields(name: str) -> None:
    """With a byte changed near the beginning, and a checksum that fits."""
    data = vector("valid", name)
    rng = np.random.default_rng(sum(name.encode()))
    for _ in range(20):
        place, mask = int(rng.integers(2, min(40, len(data) - 4))), int(rng.integers(1, 256))
        found = agreement(resealed(flipped(data, place, mask)))
        if not (by_names(data) and found.startswith("package alone")):
            assert found in ("same", "refused", "method"), (place, mask)


def by_names(data: bytes) -> bool:
    """Whether a file has names, which the parser does not judge."""
    return bool(data[2] & 0x10)


def test_the_parser_is_of_the_description() -> None:
    """By the SHA-256 of both, so that neither is changed alone."""
    description, found = (path.read_text("utf-8") for path in (DESCRIPTION, PARSER))
    code = found.split("\n", 3)[3]
    assert found == sealed(description, code), "run formats/make_parser.py"


@pytest.mark.skipif(not has_compiler(), reason="kaitai-struct-compiler is not there: see formats/make_parser.py")
def test_the_parser_is_what_the_compiler_makes() -> None:
    description = DESCRIPTION.read_text("utf-8")
    assert PARSER.read_text("utf-8") == sealed(description, compiled(description))
