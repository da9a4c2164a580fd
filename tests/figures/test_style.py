"""Style of figures and their files: colours, settings, the same bytes twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("sklearn")

from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from aecodec.bench.figures import FIGURES, Material, latent_dim, make, style
from aecodec.bench.figures.samples import Samples
from aecodec.bench.figures.saving import DPI, rendered, save, svg
from aecodec.bench.records.rows import Report
from aecodec.errors import FileError, UsageError
from aecodec.zoo import Zoo
from tests.checks import check_error, run_python
from tests.made_report import OWN, made_album, made_efforts, made_growth, made_qualities, made_report

SMALL = {8: OWN[8], 64: OWN[64]}


def test_colours_are_distinct() -> None:
    for palette in (style.LABELS, (*style.PEERS, style.OURS)):
        for one, other in combinations(palette, 2):
            assert np.abs(np.subtract(to_rgb(one), to_rgb(other))).sum() > 0.2, (one, other)
        for colour in palette:  # readable on white
            assert np.dot(to_rgb(colour), (0.2126, 0.7152, 0.0722)) < 0.72, colour
    assert len(style.MARKERS) == len(set(style.MARKERS)) >= len(style.LABELS)
    looks = style.lines(24, style.PEERS)
    assert len({(look["color"], look["marker"]) for look in looks}) == 24


def test_settings_do_not_leak(report: Report) -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    rendered(latent_dim.draw(latent_dim.gather(report)), "svg")
    assert dict(matplotlib.rcParams) == before


def every_figure(samples: Samples) -> Iterator[Figure]:
    reports = (made_report(SMALL), made_efforts(), made_qualities((8, 64)))
    given = Material(reports, made_growth(), samples, (made_album(),))
    for name in FIGURES:
        yield from make(name, given)


def test_same_bytes_twice(samples: Samples) -> None:
    few = Samples(samples.collection, Zoo(), latent_dims=(8,), effort=0, limit=8)
    ids: list[str] = []
    for one, other in zip(every_figure(few), every_figure(few), strict=True):
        text = svg(one)
        assert text == svg(other), one.get_label()
        if one.get_label() in ("bits", "effort"):
            assert all(rendered(one, kind) == rendered(other, kind) for kind in ("svg", "png", "pdf"))
        root = ElementTree.fromstring(text)
        assert root.tag.endswith("svg") and text.startswith("<svg")
        found = re.findall(r'\sid="([^"]+)"', text)
        assert all(each.startswith(f"{one.get_label()}-") for each in found)
        for target in re.findall(r'(?:href="#|url\(#)([^")]+)', text):
            assert target in found, target
        ids += set(found)
        assert f'<style type="text/css">#{one.get_label()}-svg *{{' in text
        assert "<metadata" not in text and "<dc:date" not in text
    assert len(ids) == len(set(ids))  # in one page all are apart


def test_save(tmp_path: Path, report: Report) -> None:
    figure = latent_dim.draw(latent_dim.gather(report))
    paths = save(figure, tmp_path, "a", ("svg", "png", "pdf"))
    assert [path.name for path in paths] == ["a.svg", "a.png", "a.pdf"]
    ElementTree.parse(paths[0])
    with Image.open(paths[1]) as picture:
        assert picture.size == tuple(round(side * DPI) for side in figure.get_size_inches())
        assert picture.mode == "P" and round(picture.info["dpi"][0]) == DPI
    assert paths[1].stat().st_size < 150_000
    assert paths[2].read_bytes().startswith(b"%PDF") and b"CreationDate" not in paths[2].read_bytes()
    check_error(UsageError, lambda: save(figure, tmp_path, "a"))
    save(figure, tmp_path, "a", force=True)
    check_error(UsageError, lambda: save(figure, tmp_path, "b", ("gif",)))
    check_error(FileError, lambda: save(figure, tmp_path / "none", "a"))


def test_drawing_needs_no_pyplot_and_listing_no_matplotlib() -> None:
    listed = run_python(
        "import sys, aecodec.bench.figures, aecodec.cli.commands.visualize; print('matplotlib' in sys.modules)"
    )
    assert listed.split() == ["False"]
    drawn = run_python(
        "import sys; from tests.made_report import made_report; from aecodec.bench.figures import Material, make;"
        "make('latent_dim', Material((made_report(),))); print('matplotlib.pyplot' in sys.modules)"
    )
    assert drawn.split() == ["False"]
