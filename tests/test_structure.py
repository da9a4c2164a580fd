"""formats/aec.ksy: the parser generated from it says the same of every golden file as the package does."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import yaml
from kaitaistruct import KaitaiStructError, ValidationFailedError

from aecodec.errors import AecError
from formats.make_parser import DESCRIPTION, PARSER, compiled, has_compiler, sealed
from tests.checks import flipped, resealed
from tests.golden import MANIFEST, vector
from tests.structure import File, Unlike, by_package, by_parser

VALID = list(MANIFEST["valid"])
TEXT = DESCRIPTION.read_text("utf-8")
TREE = yaml.safe_load(TEXT)
REFUSED = [(kind, name) for kind in ("invalid", "future") for name in MANIFEST[kind]]
# Methods are fields of the description; the package looks at them when it decodes.
METHODS = {"record.method", "alpha.method", "second_record.method"}
# Which names are safe and different, no description of structure can say.
NO_TEXT = {"name-not-utf-8", "name-surrogate"}
UNSAFE = {name for name in MANIFEST["invalid"] if name.startswith("name-")} - NO_TEXT
UNSAFE |= {"names-repeated", "names-folder"}


# The field that breaks a rule of its own, in some of the files that must fail.
REFUSED_AT = {
    "signature-first": "signature",
    "version-2": "version",
    **dict.fromkeys(["required-flag", "lossy-without-model", "sizes-missing", "names-without-many"], "flags"),
    **dict.fromkeys(["step-names", "layers-names", "flag-20-exact", "flag-20-lossy", "flag-20-names"], "flags"),
    **dict.fromkeys(["step-0", "step-1", "step-17", "step-255"], "step"),
    **dict.fromkeys(["layers-0", "layers-15", "layers-32", "layers-three"], "layers"),
    **dict.fromkeys(["layers-127", "layers-quality-101", "layers-255", "layers-quality-alone"], "layers"),
    **dict.fromkeys(["grid-geometry-missing", "grid-geometry-none"], "layers"),
    **dict.fromkeys(["pixels-geometry-missing", "layers-239", "layers-241", "layers-240-no-geometry"], "layers"),
    **dict.fromkeys([f"pixels-method-{method}" for method in (3, 4, 5, 6, 255)], "record.method"),
    **dict.fromkeys(["pixels-method-7-many", "pixels-method-7-alone"], "record.method"),
    **dict.fromkeys(["drawings-method-10", "drawings-without-layers", "drawings-alone"], "record.method"),
    **dict.fromkeys(["layers-242-alone", "layers-242-no-geometry"], "layers"),
    **dict.fromkeys(["references-quality-101", "references-quality-255"], "quality_byte"),
    **dict.fromkeys(["references-mask-far", "references-mask-long", "references-mask-next"], "references.len_mask"),
    **dict.fromkeys(["references-mask-zero", "references-mask-more"], "references.form"),
    "pixels-names": "flags",
    "grid-names": "flags",
    "grid-index-3": "first_layer.index",
    "grid-alpha-method-3": "alpha.method",
    **dict.fromkeys(["varint-long", "varint-six", "varint-33-bits", "width-long", "layers-length-form"], "varint.form"),
    **dict.fromkeys(["count-0", "limit-count"], "first_layer.count"),
    **dict.fromkeys(["block-pictures-0", "limit-block-pictures"], "first_layer.block_pictures"),
    **dict.fromkeys(["kind", "kind-deep", "kind-equal", "equal-grey", "equal-grey-alpha"], "shape.kind"),
    **dict.fromkeys(["width-0", "limit-side"], "shape.width"),
    **dict.fromkeys(["height-0", "limit-pixels"], "shape.height"),
    **dict.fromkeys(["run-0", "runs-above-count"], "run.len_run"),
    "runs-equal": "run.shape",
    "index-3": "first_layer.index",
    **dict.fromkeys(["index-short", "byte-extra-many"], "first_layer.rest"),
    **dict.fromkeys(["modelled-without-model", "method-5", "method-6", "method-6-model", "method-7"], "record.method"),
    **dict.fromkeys(["alpha-method-3", "alpha-method-4", "alpha-method-5", "quick-alpha"], "alpha.method"),
    **dict.fromkeys(
        ["layers-method-4", "layers-method-5", "layers-method-255", "quick-second", "drawings-second"],
        "second_record.method",
    ),
    "layers-index-3": "second_layer.index",
    "layers-index-short": "second_layer.rest",
}


def field_of(path: str) -> str:
    """The name of a field that the parser names by its place, as ``/types/run/seq/0``."""
    *types, _, place = path.split("/")[1:]
    tree = TREE["types"][types[1]] if types else TREE
    return ".".join([*types[1:], tree["seq"][int(place)]["id"]])


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
        by_method = isinstance(theirs, ValidationFailedError) and field_of(theirs.src_path) in METHODS
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


@pytest.mark.parametrize(("name", "field"), REFUSED_AT.items())
def test_refused_at(name: str, field: str) -> None:
    with pytest.raises(ValidationFailedError) as raised:
        by_parser(vector("invalid" if name in MANIFEST["invalid"] else "future", name))
    assert field_of(raised.value.src_path) == field


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
    found = PARSER.read_text("utf-8")
    assert found == sealed(TEXT, found.split("\n", 3)[3]), "run formats/make_parser.py"


@pytest.mark.skipif(not has_compiler(), reason="kaitai-struct-compiler is not there: see formats/make_parser.py")
def test_the_parser_is_what_the_compiler_makes() -> None:
    assert PARSER.read_text("utf-8") == sealed(TEXT, compiled(TEXT))
