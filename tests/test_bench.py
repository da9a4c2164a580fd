"""A benchmark notices what it is there to notice, and says what it measured."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console

from aecodec.bench.measure.fidelity import mean_ssim, picture_errors
from aecodec.bench.measure.growth import measure as measure_growth
from aecodec.bench.measure.session import has_failed, run
from aecodec.bench.measure.trial import Terms, run_trial
from aecodec.bench.ours import Contender, OneContainer, contenders
from aecodec.bench.peers import Peer
from aecodec.bench.records.rows import Form, Report, Row, read_report
from aecodec.bench.report.tables import csv_text, estimates, sizes
from aecodec.bench.sorts.asked import Asked
from aecodec.cli import app
from aecodec.cli.commands.benchmark import benchmark
from aecodec.cli.tasks.live import live_table
from aecodec.codec import Decoder, Options
from aecodec.entropy import count_information
from aecodec.errors import FileError, UsageError
from aecodec.zoo import Zoo, save_model
from tests.made import made_tensors, strokes
from tests.ways import Dying, Fickle, Greedy, Odd, Raw

QUICK = Terms(singles=2, runs=1, timed=4)


@pytest.fixture(scope="module")
def some() -> NDArray[np.uint8]:
    """Pictures uint8 ``[20, 28, 28]``."""
    return strokes(20)


def form(**changes: Any) -> Form:
    known = {
        "name": "container", "pictures": 10, "bytes": 20.0, "bpp": 0.2, "mse": 0.001, "psnr": 30.0, "ssim": 0.9,
        "compress_speed": 100.0, "decompress_speed": 200.0, "runs": 5, "timed": 10, "bugs": 0,
        "compress_peak": 80.0, "decompress_peak": 70.0,
    }  # fmt: skip
    return Form(**{**known, **changes})


class TestTrial:
    def test_sound_way_has_no_bugs(self, some: NDArray[np.uint8]) -> None:
        found = run_trial([Raw()], some, QUICK, lossless=True).forms[0]
        assert (found.bugs, found.mse, found.psnr, found.bytes, found.bpp) == (0, 0.0, None, 784.0, 8.0)
        assert found.pictures == 20 and found.timed == 4

    def test_changed_pictures_are_counted(self, some: NDArray[np.uint8]) -> None:
        assert run_trial([Raw(wrong=3)], some, QUICK, lossless=True).forms[0].bugs == 3

    def test_lossy_way_may_change_pictures(self, some: NDArray[np.uint8]) -> None:
        assert run_trial([Raw(wrong=3)], some, QUICK, lossless=False).forms[0].bugs == 0

    def test_broken_promise_is_counted(self, some: NDArray[np.uint8]) -> None:
        assert run_trial([Raw(promised=0.0, wrong=2)], some, QUICK, lossless=False).forms[0].bugs == 2

    def test_another_process_must_decode_the_same(self, some: NDArray[np.uint8]) -> None:
        assert run_trial([Fickle()], some, QUICK, lossless=False).forms[0].bugs == 1

    def test_memory_is_that_of_the_way(self, some: NDArray[np.uint8]) -> None:
        greedy, modest = (run_trial([way], some, QUICK, lossless=True).forms[0] for way in (Greedy(), Raw()))
        if greedy.compress_peak is None or modest.compress_peak is None:
            pytest.skip("this system has no count of the most memory that a process has held (getrusage)")
        assert greedy.compress_peak > modest.compress_peak + 150
        assert greedy.decompress_peak is not None and greedy.decompress_peak < modest.compress_peak + 50

    @pytest.mark.parametrize(
        ("way", "said"), [(Dying(), "failed: BrokenProcessPool: "), (Odd(), "failed: OddError: out of order")]
    )
    def test_row_that_fails_says_so_and_the_others_go_on(self, way: Raw, said: str, some: NDArray[np.uint8]) -> None:
        bad, good = run([Peer("bad", "", True, way, way), Peer("good", "", True, Raw(), Raw())], some, QUICK)
        assert bad.missing is not None and bad.missing.startswith(said)
        assert has_failed(bad) and not has_failed(good) and good.bulk is not None

    def test_row_that_breaks_its_promise_has_failed(self, some: NDArray[np.uint8]) -> None:
        (row,) = run([Peer("bad", "", True, Raw(), Raw(wrong=2))], some, QUICK)
        assert row.bugs == 2 and has_failed(row)


class TestOurs:
    def test_lossy_row(self, some: NDArray[np.uint8]) -> None:
        (row,) = run(contenders([8], [], [100], 0, 1, lossless=[]), some, QUICK)
        assert row.single and row.bulk and row.payload_bytes and row.estimated_bits
        assert (row.label, row.latent_dim, row.bugs) == ("aecodec latent_dim 8", 8, 0)
        assert row.models == {"mnist-8": Zoo().by_latent_dim(8).sha256}
        assert row.single.pictures == 2 and row.bulk.pictures == 20
        assert row.payload_bytes < row.bulk.bytes < row.single.bytes
        assert abs(8 * row.payload_bytes - row.estimated_bits) < 8 / 20 + 0.1  # a byte in all, and little more

    def test_exact_rows(self, some: NDArray[np.uint8]) -> None:
        rows = list(run(contenders([], [], [100], 0, 1), some, QUICK))
        assert [row.setting for row in rows] == ["lossless", "lossless, progressive", "lossless, baseline"]
        assert all(row.bulk and row.bulk.mse == 0 and row.bulk.ssim == 1 and not row.bugs for row in rows)

    def test_missing_model_is_a_row_that_says_so(self, some: NDArray[np.uint8]) -> None:
        (row,) = run([Contender("latent_dim 9", Options(latent_dim=9))], some, QUICK)
        assert not row.forms and row.missing == "no model of latent_dim 9 at hand" and not has_failed(row)

    def test_model_in_a_file_anywhere(self, some: NDArray[np.uint8], tmp_path: Path) -> None:
        path = tmp_path / "of-my-own.safetensors"
        tensors, description = made_tensors(tile=(28, 28))
        path.write_bytes(save_model("of-my-own", tensors, description))
        (row,) = run(contenders([], [str(path)], [100], 0, 1, lossless=[]), some, QUICK)
        assert row.missing is None and row.bulk is not None and not row.bugs
        assert row.label == "aecodec of-my-own" and list(row.models) == ["of-my-own"] and row.latent_dim

    def test_information_is_what_the_payload_takes(self, some: NDArray[np.uint8]) -> None:
        kept = OneContainer(Options(latent_dim=64, effort=0)).compress(some)
        with count_information() as information:
            list(Decoder(kept.files[0], Zoo()))
        assert kept.payload is not None
        assert 0 <= 8 * kept.payload - information.bits < 16
        list(Decoder(kept.files[0], Zoo()))
        assert 0 <= 8 * kept.payload - information.bits < 16  # nobody counts any more


class TestFidelity:
    def test_ssim_of_many_is_that_of_each(self, some: NDArray[np.uint8]) -> None:
        from skimage.metrics import structural_similarity

        other = np.clip(some.astype(int) + np.random.default_rng(1).integers(-40, 41, some.shape), 0, 255)
        noisy = other.astype(np.uint8)
        each = [
            structural_similarity(a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
            for a, b in zip(some, noisy, strict=True)
        ]
        assert mean_ssim(some, noisy) == pytest.approx(np.mean(each), abs=1e-12)
        assert mean_ssim(some, some) == 1

    def test_colour_and_small_pictures(self) -> None:
        colour = np.random.default_rng(1).integers(0, 256, (3, 16, 16, 3), np.uint8)
        assert mean_ssim(colour, colour) == 1
        assert mean_ssim(colour[:, :10], colour[:, :10]) is None

    def test_errors_are_on_unit_scale(self) -> None:
        black, white = np.zeros((2, 4, 4), np.uint8), np.full((2, 4, 4), 255, np.uint8)
        assert picture_errors(black, white).tolist() == [1.0, 1.0]


class TestTables:
    REPORT = Report(
        {"dataset": "made", "split": "test", "pictures": 10, "shape": [28, 28]},
        (
            Row("PNG", "", True, single=form(bytes=270.0), bulk=form(bytes=200.0)),
            Row(
                "aecodec",
                "latent_dim 8",
                False,
                single=form(bytes=15.0),
                bulk=form(bytes=2.0),
                payload_bytes=1.9,
                estimated_bits=15.0,
            ),
            Row("JPEG XL", "quality 9", False, missing="not installed"),
        ),
    )

    def test_report_comes_back(self, tmp_path: Path) -> None:
        path = tmp_path / "made.json"
        path.write_text(self.REPORT.json)
        assert read_report(path) == self.REPORT

    @pytest.mark.parametrize("text", ["", "[]", '{"about": {}, "rows": [{"codec": 1}]}', '{"rows": []}'])
    def test_other_files_are_refused(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "other.json").write_text(text)
        with pytest.raises(UsageError, match="no report of aecodec benchmark"):
            read_report(tmp_path / "other.json")

    def test_a_missing_file_cannot_be_read(self, tmp_path: Path) -> None:
        with pytest.raises(FileError, match=r"cannot read .*absent\.json"):
            read_report(tmp_path / "absent.json")

    def test_ratios(self) -> None:
        table = sizes(self.REPORT)
        line = dict(zip(table.head, table.body[1], strict=True))
        assert line["784 ÷ bytes"] == "392.0"
        assert line["PNG ÷ bytes, single"] == "18.00" and line["PNG ÷ bytes, all"] == "100.00"
        assert table.missing == (("JPEG XL quality 9", "not installed"),)
        assert all(each.count("|") == len(table.head) + 1 for each in table.markdown.splitlines())

    def test_estimates_are_of_aecodec(self) -> None:
        assert estimates(self.REPORT).body == (("latent_dim 8", "15.00", "15.20", "16.00"),)

    def test_csv_has_a_line_for_each_form(self) -> None:
        lines = list(csv.DictReader(io.StringIO(csv_text(self.REPORT))))
        assert [line["codec"] for line in lines] == ["PNG", "PNG", "aecodec", "aecodec", "JPEG XL"]
        assert float(lines[3]["bytes"]) == 2.0 and lines[4]["missing"] == "not installed"


def test_growth_is_of_whole_files(some: NDArray[np.uint8]) -> None:
    found = list(measure_growth(some, "latent_dim 8", Options(latent_dim=8, effort=0), counts=(1, 10, 1_000)))
    assert [each.pictures for each in found] == [1, 10]
    kept = OneContainer(Options(latent_dim=8, effort=0)).compress(some[:10])
    assert found[1].bytes == len(kept.files[0])


OPTIONS = ("--latent-dims", "8", "--peers", "none", "--no-progressive", "--no-baseline", "--runs", "1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scans")
    for number, picture in enumerate(strokes(20)):
        Image.fromarray(picture).save(folder / f"{number:02}.png")
    return folder


@pytest.fixture(scope="module")
def results(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("results")
    done = CliRunner().invoke(app, ["benchmark", "--dataset", str(folder), *OPTIONS, "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert "| aecodec latent_dim 8 |" in done.stdout and "aecodec latent_dim 8: single" in done.stderr
    return out


class TestCommand:
    """On a folder of made pictures, without peers but PNG."""

    def test_four_files_of_one_report(self, results: Path, folder: Path) -> None:
        report = read_report(results / f"{folder.name}.json")
        assert [row.label for row in report.rows] == ["aecodec latent_dim 8", "aecodec lossless", "PNG"]
        assert all(row.bulk and row.single and not row.bugs for row in report.rows)
        assert (results / f"{folder.name}.csv").read_text() == csv_text(report)
        assert sizes(report).markdown in (results / f"{folder.name}.md").read_text()

    def test_page_needs_nothing_else(self, results: Path, folder: Path) -> None:
        page = (results / f"{folder.name}.html").read_text()
        assert not re.search(r"<(script|link|img|iframe)\b|@import|url\((?!#)", page)
        assert all(
            target.startswith("#") for target in re.findall(r'(?:href|src)="([^"]+)"', page) if "data:" not in target
        )
        assert page.count("<svg") >= 2 and "aecodec latent_dim 8" in page
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids))

    def test_results_are_kept(self, results: Path, folder: Path) -> None:
        before = (results / f"{folder.name}.json").read_bytes()
        command = ["benchmark", "--dataset", str(folder), *OPTIONS, "-o", str(results)]
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 2 and "exists" in done.stderr
        assert (results / f"{folder.name}.json").read_bytes() == before

    def test_missing_model_loses_nothing(self, folder: Path, tmp_path: Path) -> None:
        options = ["--latent-dims", "8,9", "--peers", "none", "--no-lossless", "--runs", "1", "-q"]
        done = CliRunner().invoke(app, ["benchmark", "--dataset", str(folder), *options, "-o", str(tmp_path)])
        assert done.exit_code == 0, done.stderr
        rows = read_report(tmp_path / f"{folder.name}.json").rows
        assert [bool(row.forms) for row in rows] == [True, False, True]
        assert "no model of latent_dim 9 at hand" in done.stdout and "/" not in (rows[1].missing or "")

    def test_json_is_a_row_a_line(self, folder: Path) -> None:
        command = ["benchmark", "--dataset", str(folder), *OPTIONS, "--no-lossless", "--json", "-q"]
        done = CliRunner().invoke(app, command)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        assert [row["codec"] for row in rows] == ["aecodec", "PNG"] and not done.stderr

    @pytest.mark.parametrize(("options", "missing"), [((), "skimage.metrics"), (("-o", "out"), "matplotlib")])
    def test_installation_without_the_extra(
        self, options: tuple[str, ...], missing: str, folder: Path, tmp_path: Path
    ) -> None:
        """In a fresh process, where nothing has been imported yet."""
        block = f"import sys; sys.modules.update(dict.fromkeys(['{missing}', 'matplotlib']));"
        block += "from aecodec.cli import main; main()"
        command = [sys.executable, "-c", block, "benchmark", "--dataset", str(folder), *OPTIONS, *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and not done.stdout
        assert re.search(rf"{re.escape(missing)}\S* is missing; benchmarks need", done.stderr)

    @pytest.mark.parametrize("module", ["skimage.metrics", "bjontegaard", "jinja2", "oxipng"])
    def test_missing_library_is_said_before_the_work(
        self, module: str, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, module, None)
        done = CliRunner().invoke(app, ["benchmark", "--dataset", str(folder), *OPTIONS])
        assert done.exit_code == 2 and not done.stdout
        assert f'{module} is missing; benchmarks need: pip install "aecodec[bench]"' in done.stderr

    def test_numbers_are_kept_whatever_a_figure_does(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(name: str, material: object) -> None:
            raise ValueError("out of ink")

        monkeypatch.setattr("aecodec.bench.report.drawn.make", broken)
        options = ["--latent-dims", "8", "--peers", "none", "--no-lossless", "--runs", "1"]
        done = CliRunner().invoke(app, ["benchmark", "--dataset", str(folder), *options, "-o", str(tmp_path)])
        assert done.exit_code == 0 and "latent_dim is left out: out of ink" in done.stderr
        assert {each.suffix for each in tmp_path.iterdir()} == {".json", ".csv", ".md", ".html"}

    def test_rows_are_kept_when_interrupted(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: object) -> Iterator[Row]:
            yield Row("aecodec", "latent_dim 8", False, single=form(), bulk=form())
            raise KeyboardInterrupt

        monkeypatch.setattr("aecodec.bench.measure.session.run", interrupted)
        done = CliRunner().invoke(app, ["benchmark", "--dataset", str(folder), *OPTIONS, "-o", str(tmp_path)])
        assert done.exit_code == 130
        assert [row.label for row in read_report(tmp_path / f"{folder.name}.json").rows] == ["aecodec latent_dim 8"]

    def test_one_coloured_picture(self, tmp_path: Path) -> None:
        colour = np.stack([strokes(3)[0]] * 2 + [strokes(3)[1]], axis=-1)
        for name in ("a", "b"):
            Image.fromarray(colour).save(tmp_path / f"{name}.png")
        options = [
            "--dataset",
            str(tmp_path),
            "--latent-dims",
            "8",
            "--peers",
            "png,webp",
            "--limit",
            "1",
            "--runs",
            "1",
        ]
        done = CliRunner().invoke(app, ["benchmark", *options, "--no-baseline", "--no-progressive", "--runs", "1"])
        assert done.exit_code == 0, done.stderr
        assert "1 picture.\n" in done.stdout and "WebP lossless" in done.stdout and "failed" not in done.stdout

    def test_folder_that_is_a_file(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("kept")
        done = CliRunner().invoke(app, ["benchmark", "--dataset", str(folder), *OPTIONS, "-o", str(tmp_path / "file")])
        assert done.exit_code == 7 and "cannot make the folder" in done.stderr

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["--dataset", "no-such-set"], "'no-such-set' is neither a data set nor a folder"),
            (["--dataset", "mnist", "--data-dir", "nowhere"], "fetch with --download"),
            (["--latent-dims", "8,x"], "'x' is not a whole number"),
            (["--peers", "zip"], "no peer 'zip'"),
        ],
    )
    def test_one_line_for_what_is_wrong(self, options: list[str], said: str, folder: Path) -> None:
        given = options if "--dataset" in options else ["--dataset", str(folder), *options]
        done = CliRunner().invoke(app, ["benchmark", *given])
        assert done.exit_code == 2 and not done.stdout
        assert said in done.stderr and len(done.stderr.splitlines()) <= 1 + 3 * ("Usage:" in done.stderr)


def test_rows_stand_in_columns_on_a_terminal() -> None:
    rows = [Row("AVIF", f"quality {n}", False, single=form(), bulk=form()) for n in range(40)]
    rows.append(Row("JPEG XL", "lossless", True, missing="not installed"))
    console = Console(file=io.StringIO(), force_terminal=True, width=140, height=20, color_system=None)
    with live_table(False, rows, console) as add:
        for row in rows:
            add(row)
    shown = re.sub(r"\x1b\[[^a-zA-Z]*[a-zA-Z]", "", console.file.getvalue())  # type: ignore[attr-defined]
    lines = [line.rstrip() for line in re.split(r"[\r\n]+", shown)]
    ends = [
        next(len(line) for line in lines if line.startswith(f"{row.label} ") and "0.001" in line) for row in rows[:40]
    ]
    assert len(set(ends)) == 1
    assert any(line.startswith("JPEG XL lossless") and line.endswith("not installed") for line in lines)


def test_every_option_is_the_commands_own_or_asked_of_the_benchmark() -> None:
    """What says what to measure is declared once, in ``Asked``."""
    own = {"output", "figures", "force", "as_json", "quiet", "model_path", "help"}
    assert {each.name for each in benchmark.params} - own == {each.name for each in fields(Asked)}
