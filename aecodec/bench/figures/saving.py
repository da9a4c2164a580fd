"""Figures become bytes here: the same figure always gives the same ones."""

from __future__ import annotations

import base64
import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from PIL import Image

from aecodec.bench.figures.style import settings
from aecodec.errors import UsageError
from aecodec.files import write_file

FORMATS = ("svg", "png", "pdf")
DPI = 200  # of PNG, and of what is drawn as pixels in SVG and PDF
_COLOURS = 256
_WORTH = 100  # pixels a side of a picture within SVG that is packed again
_IMAGE = re.compile(r'(<image\b[^>]*?\bid=")([^"]*)"')
_EMBEDDED = re.compile(r"(data:image/png;base64,\s*)([A-Za-z0-9+/=\s]+)")
_UNSAID = {  # metadata that would tell the day or the version
    "svg": ("Date", "Creator", "Format", "Type"),
    "pdf": ("CreationDate", "Creator", "Producer"),
    "png": ("Software",),
}
_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def save(
    figure: Figure, folder: Path, name: str, formats: Sequence[str] = ("svg", "png"), *, force: bool = False
) -> list[Path]:
    """Write ``figure`` as ``folder/name.FORMAT``, each file whole or not at all; returns their paths.

    Raises UsageError for an unknown format, or where a file exists and ``force`` is not given, FileError where
    writing fails.
    """
    paths = [folder / f"{name}.{form}" for form in formats]
    for path, form in zip(paths, formats, strict=True):
        write_file(str(path), rendered(figure, form), force=force)
    return paths


def rendered(figure: Figure, form: str) -> bytes:
    """Return the bytes of a file of ``form``, one of ``FORMATS``; raises UsageError for another."""
    if form == "svg":
        return (_DECLARATION + svg(figure) + "\n").encode()
    if form == "png":
        return _png(figure)
    if form == "pdf":
        return _raw(figure, "pdf")
    raise UsageError(f"figures in format {form!r} are not made; there are: {', '.join(FORMATS)}")


def svg(figure: Figure) -> str:
    """Return the ``<svg>`` element, for a page of HTML: no declaration, and ids that begin with the figure's label."""
    text = _raw(figure, "svg").decode()
    text = text[text.index("<svg") :].rstrip()
    prefix = re.sub(r"[^A-Za-z0-9_-]", "-", str(figure.get_label()) or "figure")
    text = re.sub(r'(\sid=")', rf"\g<1>{prefix}-", text)
    text = re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}-", text)
    seen: Counter[str] = Counter()
    text = _IMAGE.sub(lambda match: _numbered(match, seen), text)
    text = text.replace("<svg ", f'<svg id="{prefix}-svg" ', 1).replace(
        ">*{", f">#{prefix}-svg *{{", 1
    )  # its style is its own
    text = _EMBEDDED.sub(_repacked, text)
    return re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)


def _numbered(match: re.Match[str], seen: Counter[str]) -> str:
    """Return the id of a picture: equal pictures have equal ones, which a page may have but once."""
    seen[match[2]] += 1
    return f'{match[1]}{match[2]}-{seen[match[2]]}"'


def _raw(figure: Figure, form: str) -> bytes:
    stream = io.BytesIO()
    with settings(**{"svg.hashsalt": f"aecodec {figure.get_label()}"}):
        figure.savefig(stream, format=form, dpi=DPI, metadata=dict.fromkeys(_UNSAID[form]))
    return stream.getvalue()


def _png(figure: Figure) -> bytes:
    picture = Image.open(io.BytesIO(_raw(figure, "png"))).convert("RGB")
    return _packed(_few_colours(picture), dpi=(DPI, DPI))


def _few_colours(picture: Image.Image) -> Image.Image:
    """Return grey, or with at most 256 colours: a third of the bytes, and nobody sees the difference."""
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() != (255, 255):
        return picture.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    picture = picture.convert("RGB")
    few = picture.getcolors(_COLOURS)
    if few is not None and all(isinstance(colour, tuple) and len(set(colour)) == 1 for _, colour in few):
        return picture.convert("L")
    return picture.quantize(_COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)


def _repacked(match: re.Match[str]) -> str:
    """Return a picture within SVG in fewer bytes, where that makes a difference."""
    picture = Image.open(io.BytesIO(base64.b64decode(match[2])))
    if min(picture.size) < _WORTH:
        return match[0]
    return match[1] + base64.b64encode(_packed(_few_colours(picture))).decode()


def _packed(picture: Image.Image, **more: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True, **more)
    return out.getvalue()
