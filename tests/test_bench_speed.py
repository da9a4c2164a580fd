"""The benchmark of speeds: what its helpers count, and what its parts do with pictures and programs that are made."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from subprocess import CalledProcessError
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

import aecodec
from aecodec.bench.measure.process import Spent, spend
from aecodec.bench.measure.products import Product, fixed, recorded, repeated
from aecodec.errors import UsageError
from aecodec.exact import Affine
from aecodec.ink.window import ABOVE
from benchmarks.speeds import bulk, photograph, start
from benchmarks.speeds.coders import PPM, Coder, Tools
from benchmarks.speeds.part import Asked, Found
from benchmarks.speeds.summary import summary
from tests.made import strokes

ROOT = Path(__file__).resolve().parents[1]
if not hasattr(os, "wait4"):
    pytest.skip(
        "this system does not tell what time and memory a finished process took (os.wait4)", allow_module_level=True
    )


class TestProcess:
    def test_what_it_took_is_its_own(self, tmp_path: Path) -> None:
        held = np.ones(300 << 17)  # 300 MiB, which are not to count
        code = (
            "import time\nheld = b'1' * (80 << 20)\nend = time.process_time() + 0.2\nwhile time.process_time() < end: 0"
        )
        spent = spend([sys.executable, "-S", "-c", code], tmp_path, os.environ)
        assert 80 < spent.peak < 160 < held.nbytes / 2**20
        assert 0.2 <= spent.cpu < 1 and spent.cpu / 2 < spent.seconds

    def test_a_failure_says_why(self, tmp_path: Path) -> None:
        with pytest.raises(CalledProcessError) as failed:
            spend([sys.executable, "-c", "raise SystemExit('no such luck')"], tmp_path, os.environ)
        assert failed.value.returncode == 1 and "no such luck" in failed.value.stderr
        with pytest.raises(CalledProcessError):
            spend([str(tmp_path / "nothing")], tmp_path, os.environ)


class TestProducts:
    def test_recorded_ones_are_done_again(self) -> None:
        layer = Affine(np.ones((3, 5), np.float32), np.zeros(5, np.float32), 0, 9)
        with recorded() as found:
            layer(np.ones((2, 4, 3), np.float32))
            layer(np.ones((7, 3), np.float32))
        layer(np.ones((9, 3), np.float32))  # not recorded any more
        assert [(each.shape, each.after) for each in found] == [((2, 4, 3), (2, 4, 5)), ((7, 3), (7, 5))]
        assert all(each.matrix is layer.matrix for each in found)
        repeated([*found, Product((4, 0), np.zeros((0, 5), np.float32))])()
        repeated([])()
        assert fixed()().shape == (1024, 1024)

    def test_those_of_whole_runs_are_seen(self, tmp_path: Path) -> None:
        pictures = list(strokes(4))
        with recorded() as exact:
            data = aecodec.compress(pictures, latent_dim=64, effort=0)
        with recorded() as back:
            aecodec.decompress(data)
        assert len(exact) > 3 and len(back) > 3
        start.draw_digit(tmp_path / "digit.png")
        scans = [np.asarray(Image.open(tmp_path / "digit.png"))] * 2
        data = aecodec.compress(scans, lossless=True, effort=1, model="mnist-exact")
        with recorded() as ink:
            assert np.array_equal(aecodec.decompress(data), scans)
        assert ABOVE in {each.shape[-1] for each in ink}  # the ink network's first layer


class TestBulk:
    def test_rows_of_a_case(self) -> None:
        pictures = strokes(6)
        for case in (bulk.CASES[0], bulk.Case("lossy", 6, {"latent_dim": 64, "effort": 0})):
            there, back = bulk.measure_case(case, pictures, 2)
            assert (there.way, back.way, there.pictures, there.bytes > 100) == ("compress", "decompress", 6, True)
            assert there.seconds > 0 and there.fixed > 0
            assert (there.share is None) != case.bound and (not case.bound or 0 < (back.share or 0) < 1)

    def test_a_limit_makes_cases_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bulk, "load", lambda name, folder: SimpleNamespace(pictures=strokes(5)))
        monkeypatch.setattr(
            bulk, "apart", lambda work, case, some, runs: [_bulk_row(title=case.title, pictures=len(some))]
        )
        found = bulk.measure(Asked(Path(), limit=3))
        assert [(row["title"], row["pictures"]) for row in found["rows"]] == [
            (title, 3) for title in dict.fromkeys(case.title for case in bulk.CASES)
        ]

    def test_other_pixels_are_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pictures = strokes(2)
        monkeypatch.setattr(aecodec, "decompress", lambda data: list(pictures ^ 1))
        with pytest.raises(AssertionError, match="other pixels came back"):
            bulk.measure_case(bulk.CASES[0], pictures, 1)

    def test_its_page_has_ratios(self) -> None:
        rows = [_bulk_row(title="latent_dim 64, effort 0"), _bulk_row(title="lossless, effort 0", products=None)]
        text = "\n".join(bulk.page({"runs": 3, "rows": [asdict(row) for row in rows]}))
        assert "| latent_dim 64, effort 0 | compress | 100 | 12.00 | 500 | 25.0 | 1,000 | 50 % |" in text
        assert "| lossless, effort 0 | compress | 100 | 12.00 | 500 | 25.0 | – | – |" in text


class TestPhotograph:
    @pytest.fixture
    def bench(self, tmp_path: Path) -> photograph.Bench:
        """A folder with a grey picture, and others that are 1, 2, 4, 8 lighter."""
        for lighter in (0, 1, 2, 4, 8):
            picture = np.full((9, 12, 3), 100 + lighter, np.uint8)
            Image.fromarray(picture).save(tmp_path / (f"by-{lighter}.ppm" if lighter else PPM))
        return photograph.Bench(np.full((9, 12, 3), 100, np.uint8), tmp_path, Tools())

    def test_a_quality_that_is_no_worse(self, bench: photograph.Bench) -> None:
        ours = _copies("ours", "by-4.ppm")
        for ladder, expected in (((8, 4, 2, 1), 4), ((8, 2), 2), ((8,), 8)):
            other = replace(_copies("other", "by-{quality}.ppm"), setting="quality {quality}", ladder=ladder)
            _, row = bench.rows([ours, other])
            assert row.setting == f"quality {expected}" and row.missing is None
            assert row.psnr == pytest.approx(20 * np.log10(255 / expected))
            assert row.bytes == 9 * 12 * 3 + len("P6\n12 9\n255\n")
            assert row.compress is not None and row.compress.peak > 0

    def test_one_row_for_each_number_of_processors(
        self, bench: photograph.Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(photograph, "usable_cores", lambda: 4)
        coder = _copies("ours", "by-{jobs}.ppm")
        assert [(row.jobs, round(row.psnr or 0)) for row in bench.rows([coder])] == [(1, 48), (4, 36)]

    def test_what_fails_is_a_row_that_says_so(self, bench: photograph.Bench) -> None:
        missing = replace(_copies("a", PPM), compress="no-such-program x", setting="quality {quality}", ladder=(1, 2))
        failing = replace(_copies("b", PPM), decompress="python -c \"raise SystemExit('never')\"")
        other = replace(_copies("c", "by-1.ppm"), lossless=True)
        exact = replace(_copies("d", PPM), lossless=True)
        rows = list(bench.rows([missing, failing, other, exact]))
        said = ["there is no no-such-program", "failed: never", "other pixels came back", None]
        assert [row.missing for row in rows] == said and rows[3].psnr is None
        found = {"photograph": "mosaic", "shape": [9, 12, 3], "rows": [asdict(row) for row in rows]}
        page = "\n".join(photograph.page(json.loads(json.dumps(found))))
        assert (
            "| a | quality ?: there is no no-such-program | 1 | – |" in page
            and "| d |  | 1 | 336 | 24.889 | – |" in page
        )

    def test_the_mosaic(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="no pictures in"):
            photograph.mosaic(tmp_path / "kodak")
        (tmp_path / "kodak").mkdir()
        lying = np.random.default_rng(1).integers(0, 256, (2, 4, 6, 3), np.uint8)
        for number, each in enumerate((lying[0], np.rot90(lying[1], -1))):
            Image.fromarray(each).save(tmp_path / "kodak" / f"{number}.png")
        found = photograph.mosaic(tmp_path / "kodak")
        assert found.shape == (6 * 4, 5 * 6, 3)
        cells = [found[:4, at : at + 6] for at in range(0, 30, 6)]
        expected = (lying[0], lying[1], lying[0][:, ::-1], lying[1][:, ::-1], lying[0][:, ::-1])
        assert all(np.array_equal(cell, its) for cell, its in zip(cells, expected, strict=True))

    def test_programs_of_packages_that_were_unpacked(self, tmp_path: Path) -> None:
        for place in ("usr/bin/cwebp", "usr/lib/here/libwebp.so.7"):
            (tmp_path / place).parent.mkdir(parents=True)
            (tmp_path / place).touch(mode=0o755)
        tools = Tools(tmp_path)
        assert tools.command("cwebp -q 5 'a b'") == [str(tmp_path / "usr/bin/cwebp"), "-q", "5", "a b"]
        assert tools.environment["LD_LIBRARY_PATH"].split(os.pathsep)[0] == str(tmp_path / "usr/lib/here")


def test_whole_processes_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "COMMANDS", dict(list(start.COMMANDS.items())[:2]))
    found = start.measure(Asked(Path(), runs=1))
    assert [row["command"] for row in found["rows"]] == ["compress a digit", "decompress it"]
    assert all(1 < row["ratio"] < 30 and row["milliseconds"] > found["floor_milliseconds"] for row in found["rows"])
    assert "| decompress it | " in "\n".join(start.page(found))


def test_what_is_not_measured_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    speed = _script(monkeypatch)
    parts = {name: SimpleNamespace(measure=lambda asked: {"n": asked.limit}, page=_shown) for name in ("one", "two")}
    monkeypatch.setattr(speed, "PARTS", parts)
    for words in (["two", "--limit", "1"], ["one", "--limit", "2"], ["one", "--limit", "3"]):
        monkeypatch.setattr(sys, "argv", ["speed.py", "-o", str(tmp_path), "--parts", *words])
        speed.main()
    found = json.loads((tmp_path / "speed.json").read_text("utf-8"))
    assert {name: part["n"] for name, part in found.items()} == {"one": 3, "two": 1}
    text = (tmp_path / "speed.md").read_text("utf-8")
    assert text.index("n is 3") < text.index("n is 1") and f"commit {found['one']['commit']}" in text


def test_the_summary_is_of_what_was_measured() -> None:
    empty = "\n".join(summary({}))
    assert "compress one digit / `--lossless` | – / – |" in empty
    rows = [
        _bulk_row(title="latent_dim 64, effort 0"),
        _bulk_row(title="latent_dim 64, effort 0", way="decompress", products=0.15),
        _bulk_row(title="latent_dim 64, effort 0", seconds=9.0),  # of fewer pictures
    ]
    processes = [{"command": command, "ratio": 2.0 + number} for number, command in enumerate(start.COMMANDS)]
    spent = [Spent(seconds, 1, 1) for seconds in (6, 3, 2, 1)]
    shots = [
        photograph.Row("aecodec", "", 1, 9, 33.0, spent[0], spent[1]),
        photograph.Row("aecodec", "effort 0", 1, 9, 33.0, spent[3], spent[3]),
        photograph.Row("AVIF", "", 1, 9, 33.0, spent[2], spent[3]),
        photograph.Row("AVIF", "", 2, 9, 33.0, spent[3], spent[3]),
        photograph.Row("JPEG XL", "", 1, missing="there is no cjxl"),
    ]
    parts = {"start": processes, "bulk": map(asdict, rows), "photograph": map(asdict, shots)}
    found = summary({name: {"rows": list(each)} for name, each in parts.items()})
    text = "\n".join(found)
    assert (
        "| compress one digit / `--lossless` | 2.00 / 4.00 |" in text
        and "| decompress one exact digit | 5.00 |" in text
    )
    assert (
        "quality 60: compress / decompress | 3.0 / 3.0 |" in text
        and "lossless: compress / decompress | – / – |" in text
    )
    assert "compress / decompress | 500 (25.0) / 500 (25.0) |" in text and "| 50 % / 75 % |" in text


def _bulk_row(**changed: Any) -> bulk.Row:
    products = changed.pop("products", 0.1)
    plain = {"title": "", "way": "compress", "pictures": 100, "bytes": 1200, "seconds": 0.2, "fixed": 0.05}
    return bulk.Row(**{**plain, **changed}, products=products)


def _copies(codec: str, source: str) -> Coder:
    """A codec whose files are copies of ``source``."""
    return Coder(codec, "", "made.ppm", f"cp {source} made.ppm", "cp made.ppm back.ppm")


def _script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    spec = spec_from_file_location("speed", ROOT / "benchmarks" / "speed.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "settle_environment", lambda: None)
    return module


def _shown(found: Found) -> list[str]:
    return [f"n is {found['n']}"]
