"""A benchmark on pictures of any size and colour: figures are right, lies are noticed, and what is missing says so."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import math
import re
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from PIL import Image

from aecodec.bench.curves import bd
from aecodec.bench.curves.album import averaged, lossy_curves, rates, rates_by_picture
from aecodec.bench.figures import Material, make
from aecodec.bench.figures.saving import rendered
from aecodec.bench.measure import session
from aecodec.bench.measure.album_trial import Outcome, Terms, run_trial
from aecodec.bench.measure.similarity import SMALLEST, similarity
from aecodec.bench.peers.ladders import FORMATS
from aecodec.bench.peers.picture_files import PictureFiles
from aecodec.bench.records.album import AlbumReport, AlbumRow, read_any
from aecodec.bench.records.rows import Report
from aecodec.bench.report.album_document import markdown
from aecodec.bench.report.album_tables import bd_rates, csv_text, means
from aecodec.bench.sorts import album_entries as entries
from aecodec.bench.sorts.album import AlbumBench
from aecodec.bench.sorts.album_entries import AlbumEntry, contenders, rivals
from aecodec.bench.sorts.asked import Asked
from aecodec.bench.sorts.choice import bench_for
from aecodec.bench.sorts.collection import CollectionBench
from aecodec.cli import app
from aecodec.data import Album, load_album
from aecodec.errors import UsageError
from aecodec.zoo import Zoo
from tests.made import strokes
from tests.made_report import made_album
from tests.ways import Coarse, Fickle, Raw

ROOT = Path(__file__).resolve().parents[1]


def drawn(height: int, width: int, channels: int, seed: int = 1) -> NDArray[np.uint8]:
    """Waves with some noise, uint8 ``[H, W, C]``."""
    rows, columns = np.mgrid[:height, :width]
    random = np.random.default_rng(seed)
    planes = [
        128 + 60 * np.sin(rows / (5 + channel) + seed) + 50 * np.cos(columns / (7 - channel))
        + random.normal(0, 4, (height, width))
        for channel in range(channels)
    ]  # fmt: skip
    return np.clip(np.stack(planes, axis=-1), 0, 255).astype(np.uint8)


PICTURES = {"a.png": drawn(30, 40, 3), "b.png": drawn(33, 21, 1)[..., 0], "c.png": drawn(50, 24, 4)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three drawn pictures: in colour, grey, and with alpha, some of which is 0."""
    folder = tmp_path_factory.mktemp("holiday")
    PICTURES["c.png"][-10:, :, 3] = 0
    for name, picture in PICTURES.items():
        Image.fromarray(picture).save(folder / name)
    return folder


@pytest.fixture(scope="module")
def album(folder: Path) -> Album:
    return load_album(str(folder), Path("nowhere"))


@pytest.fixture(scope="module")
def coarse(album: Album) -> Outcome:
    return run_trial(Coarse(16), album, Terms(), lossless=False)


class TestAlbum:
    def test_pictures_of_any_kind_are_read_as_they_are(self, album: Album) -> None:
        assert [source.name for source in album.sources] == list(PICTURES)
        assert all(np.array_equal(ours, theirs) for ours, theirs in zip(album, PICTURES.values(), strict=True))
        assert album.facts["pictures"] == 3 and album.facts["megapixels"] == round(3093 / 1e6, 3)
        assert len(album.first(2)) == 2 and album.first(2).facts["pictures_sha256"] != album.facts["pictures_sha256"]

    def test_kodak_is_24_files(self, tmp_path: Path) -> None:
        (tmp_path / "kodak").mkdir()
        for number in range(24):
            with pytest.raises(UsageError, match=f"expected 24 PNG files, found {number}; name the folder"):
                load_album("kodak", tmp_path)
            Image.new("RGB", (4, 3)).save(tmp_path / "kodak" / f"{number:02}.png")
        found = load_album("kodak", tmp_path)
        assert (found.name, len(found), found.sources[0].name) == ("kodak", 24, "00.png")


class TestTrial:
    def test_figures_are_those_computed_anew(self, coarse: Outcome) -> None:
        for shot, (name, picture) in zip(coarse.shots, PICTURES.items(), strict=True):
            kept = picture // 16
            colour = picture if picture.ndim == 2 else picture[..., :3]
            back = colour // 16 * 16
            if picture.ndim == 3 and picture.shape[2] == 4:
                hidden = picture[..., 3] == 0
                back[hidden] = colour[hidden]
                assert shot.alpha_mse == pytest.approx(np.mean((picture[..., 3] % 16 / 255.0) ** 2))
            else:
                assert shot.alpha_mse is None
            error = np.mean((colour.astype(float) - back) ** 2)
            assert (shot.name, shot.height, shot.width) == (name, *picture.shape[:2])
            assert shot.channels == (1 if picture.ndim == 2 else picture.shape[2])
            assert shot.bytes == len(zlib.compress(kept.tobytes()))
            assert shot.bpp == 8 * shot.bytes / (picture.shape[0] * picture.shape[1])
            assert shot.mse == pytest.approx(error / 255**2)
            assert shot.psnr == pytest.approx(20 * math.log10(255) - 10 * math.log10(error))
            assert shot.ssim is not None and shot.ms_ssim is None and not shot.bug
            assert shot.compress_seconds > 0 and shot.decompress_seconds > 0

    def test_means_are_over_pictures(self, coarse: Outcome) -> None:
        row = AlbumRow("made", "", False, "made", coarse.shots)
        assert row.bpp == pytest.approx(np.mean([shot.bpp for shot in coarse.shots]))
        assert row.psnr == pytest.approx(np.mean([shot.psnr for shot in coarse.shots]))
        pixels, seconds = sum(s.pixels for s in coarse.shots), sum(s.compress_seconds for s in coarse.shots)
        assert row.compress_speed == pytest.approx(pixels / 1e6 / seconds) and row.ms_ssim is None

    @pytest.mark.parametrize(
        ("way", "lossless", "bugs"),
        [
            (Raw(), True, 0),
            (Raw(wrong=1), True, 3),
            (Raw(wrong=1), False, 0),
            (Raw(wrong=1, promised=0.0), False, 3),
            (Raw(promised=0.0), False, 0),
            (Fickle(), False, 3),
        ],
    )
    def test_a_way_that_lies_is_counted(self, way: Raw, lossless: bool, bugs: int, album: Album) -> None:
        """Each picture goes alone, so the way is wrong with each."""
        shots = run_trial(way, album, Terms(), lossless=lossless).shots
        assert sum(shot.bug for shot in shots) == bugs

    def test_another_shape_is_a_failure(self, album: Album) -> None:
        row = AlbumRow("made", "", False, "made")
        entry = AlbumEntry(row, Coarse(300))  # whose samples no longer fit
        (found,) = session.run([entry], album.first(1), Terms())
        assert found.failed and found.missing is not None and found.missing.startswith("failed: ")
        assert session.has_failed(found)


class TestSimilarity:
    ONE = drawn(180, 200, 3)
    OTHER = np.clip(ONE + np.random.default_rng(2).normal(0, 12, ONE.shape), 0, 255).astype(np.uint8)

    def test_ssim_is_scikit_image_s(self) -> None:
        from skimage.metrics import structural_similarity

        keys = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "channel_axis": -1}
        wanted = structural_similarity(self.ONE, self.OTHER, **keys)
        assert similarity(self.ONE, self.OTHER).ssim == pytest.approx(wanted, abs=1e-9)

    def test_ms_ssim_is_made_of_scikit_image_s_parts(self) -> None:
        from skimage.metrics import structural_similarity

        keys: dict[str, Any] = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
        found = []
        for channel in range(3):
            one, other = self.ONE[..., channel].astype(float), self.OTHER[..., channel].astype(float)
            product = 1.0
            for number, weight in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
                luminance = 0.01 if number == 4 else 1e6  # which makes luminance 1 everywhere
                product *= structural_similarity(one, other, data_range=255, K1=luminance, **keys) ** weight
                one, other = (
                    (p[::2, ::2][: p.shape[0] // 2, : p.shape[1] // 2] + p[1::2, ::2] [:, : p.shape[1] // 2]
                     + p[::2, 1::2][: p.shape[0] // 2] + p[1::2, 1::2]) / 4
                    for p in (one, other)
                )  # fmt: skip
            found.append(product)
        assert similarity(self.ONE, self.OTHER).ms_ssim == pytest.approx(np.mean(found), abs=1e-9)

    def test_equal_small_and_smallest(self) -> None:
        assert similarity(self.ONE, self.ONE).ms_ssim == pytest.approx(1)
        assert SMALLEST == 176
        edge = self.ONE[:176, :176]
        assert similarity(edge, edge).ms_ssim == pytest.approx(1)
        small, tiny = self.ONE[:175, :180], self.ONE[:10, :40]
        assert similarity(small, small).ms_ssim is None and similarity(small, small).ssim == pytest.approx(1)
        assert similarity(tiny, tiny).ssim is None


class TestPeers:
    @pytest.mark.parametrize("name", [name for name, form in FORMATS.items() if form.ladder])
    def test_ladder_rises(self, name: str) -> None:
        form = FORMATS[name]
        if form.missing:
            pytest.skip(f"{name} cannot be measured on this system: {form.missing}")
        picture = drawn(96, 128, 3)[None]
        sizes, errors = [], []
        for rung in (form.ladder[0], form.ladder[len(form.ladder) // 2], form.ladder[-1]):
            (file,) = PictureFiles(form, rung).compress(picture).files
            back = PictureFiles(form, rung).decompress([file], picture.shape)
            sizes.append(len(file))
            errors.append(np.square(back.astype(float) - picture).mean())
        assert sizes == sorted(sizes) and errors == sorted(errors, reverse=True) and len(form.ladder) >= bd.FEWEST

    @pytest.mark.parametrize("name", ["avif", "webp", "jxl", "png"])
    @pytest.mark.parametrize("channels", [1, 2, 3, 4])
    def test_every_kind_of_picture_comes_back(self, name: str, channels: int) -> None:
        form = FORMATS[name]
        if form.missing:
            pytest.skip(f"{name} cannot be measured on this system: {form.missing}")
        picture = drawn(48, 40, channels)
        pictures = picture[None, ..., 0] if channels == 1 else picture[None]
        rung = form.ladder[-1] if form.ladder else form.exact
        assert rung is not None
        way = PictureFiles(form, rung)
        back = way.decompress(way.compress(pictures).files, pictures.shape)
        assert back.shape == pictures.shape
        assert np.square(back.astype(float) - pictures).mean() < 60

    def test_missing_library_is_a_row_that_says_so(self, album: Album, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pillow_jxl", None)
        found = list(session.run(rivals(["jxl"], lossless=True), album, Terms()))
        assert len(found) == len(FORMATS["jxl"].ladder) + 1
        assert all(row.missing == 'not installed: pip install "aecodec[bench]"' and not row.failed for row in found)

    def test_jpeg_has_no_alpha_and_names_the_picture(self, album: Album) -> None:
        (row,) = session.run(rivals(["jpeg"])[:1], album, Terms())
        assert row.missing == "c.png: JPEG has no alpha" and not row.failed and not row.shots

    def test_unknown_peer_is_refused(self) -> None:
        with pytest.raises(UsageError, match="no peer 'zlib' for pictures of any size; there are: avif, webp, jpeg"):
            rivals(["zlib"])
        assert rivals(["none"]) == []

    def test_slow_peers_are_asked_for_by_name(self) -> None:
        slow = {entry.row.codec for entry in rivals(["avif-slow"])}
        assert slow == {"AVIF, speed 2"}
        assert not slow & {entry.row.codec for entry in rivals(["all"], lossless=True)}


@pytest.fixture(scope="module")
def report() -> AlbumReport:
    return made_album()


class TestReport:
    def test_it_comes_back(self, report: AlbumReport, tmp_path: Path) -> None:
        (tmp_path / "made.json").write_text(report.json)
        assert read_any(tmp_path / "made.json") == report
        assert json.loads(report.json)["rows"][0]["mean"]["bpp"] == report.rows[0].bpp

    def test_reports_of_the_other_sort_are_read_too(self) -> None:
        found = read_any(ROOT / "benchmarks" / "results" / "mnist.json")
        assert isinstance(found, Report) and found.rows

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"sort": "pictures of any size", "about": {}, "rows": [{}]}'])
    def test_other_files_are_refused(self, text: str, tmp_path: Path) -> None:
        (tmp_path / "other.json").write_text(text)
        with pytest.raises(UsageError, match="no report of aecodec benchmark"):
            read_any(tmp_path / "other.json")

    def test_a_tenth_fewer_bits_is_a_bd_rate_of_minus_ten(self, report: AlbumReport) -> None:
        ((name, narrow),) = rates(report, 28, 38)
        assert (name, narrow.codec, narrow.low, narrow.high) == ("aecodec effort 0", "AVIF", 28, 38)
        assert narrow.percent == pytest.approx(-10, abs=0.05)
        ((_, wide),) = rates(report, -math.inf, math.inf)
        assert wide.percent == pytest.approx(-10, abs=0.05) and (wide.low, wide.high) == (25.5, 40.5)
        by_picture = rates_by_picture(report, 28, 38)
        assert list(by_picture) == ["a.png", "b.png"]
        assert by_picture["b.png"]["AVIF"].percent == pytest.approx(-10, abs=0.05)

    def test_a_part_of_the_range_is_measured_as_the_library_measures_the_whole(self) -> None:
        random = np.random.default_rng(3)
        quality = np.linspace(25, 41, 8)
        ours, theirs = (
            np.column_stack([np.exp((quality - 30) / 5) * random.uniform(0.8, 1.2, 8).cumprod() ** 0.1, quality])
            for _ in range(2)
        )
        whole = bd.compare("made", "single", ours, theirs)
        assert bd._within(ours[:, 0], quality, theirs[:, 0], quality, 25, 41) == pytest.approx(whole.percent, abs=0.02)

    def test_averages_leave_out_what_another_point_beats(self, report: AlbumReport) -> None:
        rows = lossy_curves(report)["AVIF"]
        worse = replace(rows[2], shots=tuple(replace(each, psnr=20.0) for each in rows[2].shots))
        assert len(averaged([*rows, worse])) == len(rows)
        assert np.allclose(averaged(rows)[0], (rows[0].bpp, rows[0].psnr))

    def test_tables(self, report: AlbumReport) -> None:
        table = means(report)
        assert table.missing == (("JPEG XL quality 9", "no"),) and len(table.body) == 12
        first = dict(zip(table.head, table.body[0], strict=True))
        assert first["PSNR, dB"] == "25.50" and first["in, MP/s"] == "0.08" and first["peak in, MiB"] == "–"
        assert bd_rates(report).body[0][:4] == ("aecodec effort 0", "AVIF", "-10.0 %", "28.0 to 38.0")
        assert "| a.png | -10.0 % |" in markdown(report)

    def test_csv_has_a_line_for_each_picture(self, report: AlbumReport) -> None:
        lines = list(csv.DictReader(io.StringIO(csv_text(report))))
        assert len(lines) == 25 and lines[1]["picture"] == "b.png" and lines[-1]["missing"] == "no"
        assert float(lines[0]["bpp"]) == report.rows[0].shots[0].bpp

    def test_figure_is_the_same_bytes_each_time(self, report: AlbumReport) -> None:
        one, other = (make("rate_psnr", Material(albums=(report,)))[0] for _ in range(2))
        assert [axes.get_ylabel() for axes in one.axes] == ["PSNR of RGB, dB", "MS-SSIM, dB"]
        lines = {line.get_label(): line.get_xydata() for line in one.axes[0].lines}
        assert np.allclose(lines["AVIF"], averaged(lossy_curves(report)["AVIF"]))
        assert rendered(one, "svg") == rendered(other, "svg") and rendered(one, "png") == rendered(other, "png")

    def test_figure_needs_a_report_on_such_pictures(self) -> None:
        with pytest.raises(UsageError, match="figure rate_psnr: needs a report of aecodec"):
            make("rate_psnr", Material())
        with pytest.raises(UsageError, match="no lossy rows"):
            make("rate_psnr", Material(albums=(AlbumReport({}),)))


class TestCommand:
    def test_all_files_are_written(self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a general model, which is a row that says so, and one peer of a short ladder."""
        short = replace(FORMATS["webp"], ladder=FORMATS["webp"].ladder[1:6:2])
        monkeypatch.setattr(entries, "FORMATS", {"webp": short})
        monkeypatch.setattr(entries, "_general", lambda: None)
        words = ["benchmark", "--dataset", str(folder), "--qualities", "50", "-o", str(tmp_path)]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
        name = folder.name
        assert {path.name for path in tmp_path.iterdir()} == {name + end for end in (".json", ".csv", ".md", ".html")}
        found = read_any(tmp_path / f"{name}.json")
        assert isinstance(found, AlbumReport) and [len(row.shots) for row in found.rows] == [0, 3, 3, 3]
        assert found.rows[0].missing == entries.NO_MODEL and found.about["pictures"] == 3
        assert "aecodec effort 0, quality 50: no model for any picture at hand" in done.stderr
        assert "WebP quality 10: bpp " in done.stderr and done.stdout == (tmp_path / f"{name}.md").read_text()
        page = (tmp_path / f"{name}.html").read_text()
        assert page.count("<svg") == 1 and "3 pictures of 0.003 megapixels" in page
        assert not re.search(r"<(script|link|img|iframe)\b|@import|url\((?!#)", page)
        figure = ["visualize", "rate_psnr", "--report", str(tmp_path / f"{name}.json"), "-o", str(tmp_path / "figures")]
        assert CliRunner().invoke(app, figure).exit_code == 0
        assert {path.name for path in (tmp_path / "figures").iterdir()} == {"rate_psnr.svg", "rate_psnr.png"}

    def test_general_model(self, folder: Path, tmp_path: Path) -> None:
        general = Zoo().general()
        assert general is not None  # one is shipped
        words = ["benchmark", "--dataset", str(folder), "--qualities", "20,80", "--peers", "none", "--no-figures", "-q"]
        done = CliRunner().invoke(app, [*words, "-o", str(tmp_path)])
        assert done.exit_code == 0, done.output
        found = read_any(tmp_path / f"{folder.name}.json")
        assert isinstance(found, AlbumReport)
        small, large = found.rows
        assert small.bpp < large.bpp and (small.psnr or 0) < (large.psnr or 0)
        assert all(row.bugs == 0 and row.models == {general.id: general.sha256} for row in found.rows)
        assert all(row.alpha_mse == 0 for row in found.rows)

    def test_missing_named_model_is_a_row_that_says_so(self, album: Album) -> None:
        (row,) = session.run(contenders(["absent"], [50], 0), album, Terms())
        assert row.missing == "no model absent at hand" and row.label == "aecodec absent, effort 0, quality 50"

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["--dataset", "kodak", "--data-dir", "nowhere"], "expected 24 PNG files, found 0; name the folder above"),
            (["--peers", "zlib"], "no peer 'zlib' for pictures of any size"),
            (["--qualities", "101"], "quality 101 is outside 0..100"),
            (["--latent-dims", "8"], "expected pictures of one size"),
        ],
    )
    def test_one_line_for_what_is_wrong(self, options: list[str], said: str, folder: Path) -> None:
        given = options if "--dataset" in options else ["--dataset", str(folder), *options]
        done = CliRunner().invoke(app, ["benchmark", *given])
        assert done.exit_code == 2 and not done.stdout
        assert said in done.stderr and len(done.stderr.splitlines()) == 1

    def test_folder_for_tile_models_is_of_one_size_as_ever(self, tmp_path: Path) -> None:
        for number, picture in enumerate(strokes(2)):
            Image.fromarray(picture).save(tmp_path / f"{number}.png")
        asked = Asked(
            str(tmp_path), Path("data"), False, None, (), None, ("none",), None, True, True, 0, None, 1, None, 1, 1
        )
        assert isinstance(bench_for(asked), AlbumBench)
        assert isinstance(bench_for(replace(asked, latent_dims=(8,))), CollectionBench)
        assert isinstance(bench_for(replace(asked, models=("mnist-8",))), CollectionBench)
        rows = bench_for(replace(asked, latent_dims=(8,))).planned
        assert [row.label for row in rows][:2] == ["aecodec latent_dim 8", "aecodec lossless"]


class TestPhotographs:
    """``benchmarks/photographs.py``, with one peer of a short ladder."""

    def test_it_goes_on_where_it_was(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        spec = importlib.util.spec_from_file_location("photographs", ROOT / "benchmarks" / "photographs.py")
        assert spec is not None and spec.loader is not None
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        for name, value in (("RESULTS", tmp_path), ("FIGURES", tmp_path)):
            monkeypatch.setattr(script, name, value)
        monkeypatch.setattr(script, "on_one_core", lambda: None)
        monkeypatch.setattr(entries, "_general", lambda: None)
        (tmp_path / "kodak").mkdir()
        for number in range(24):
            Image.fromarray(drawn(12, 16 + number, 3, number)).save(tmp_path / "kodak" / f"{number:02}.png")
        asked = Asked(
            "kodak", tmp_path, False, None, (), (), ("webp",), False, False, False, 0, None, 1, None, 1, 1
        )  # fmt: skip
        short, longer = (replace(FORMATS["webp"], ladder=FORMATS["webp"].ladder[1:end:2]) for end in (4, 6))
        for form, said in ((short, "2 rows to measure, 0 are there"), (longer, "1 rows to measure, 2 are there")):
            monkeypatch.setattr(entries, "FORMATS", {"webp": form})
            script.main(asked, anew=False, figures_only=False)
            assert said in capsys.readouterr().err
        found = read_any(tmp_path / "kodak.json")
        assert isinstance(found, AlbumReport) and [row.quality for row in found.rows] == [10, 50, 85]
        assert all(len(row.shots) == 24 and not row.bugs for row in found.rows)
        ends = {path.name for path in tmp_path.iterdir() if path.is_file()}
        assert ends == {f"kodak.{end}" for end in ("json", "csv", "md", "html", "svg", "png")}
