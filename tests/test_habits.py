"""Habits of command lines: short options, patterns, lists of names, times of files, and what slips are told."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from PIL import Image

import aecodec
from aecodec.cli import app
from aecodec.cli.plumbing.command import Command
from aecodec.cli.plumbing.given import expanded, names_in
from aecodec.cli.plumbing.slips import quality_meant
from aecodec.errors import FileError
from aecodec.files import modified, write_file
from aecodec.zoo import Zoo
from tests.made import made_model, strokes

PIXELS = strokes(5, 8, 8)
THEN = 1_600_000_000_123_456_789  # nanoseconds; some file systems keep fewer digits
EXACT = "--lossless --effort 0"  # needs no model
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line in a folder with pictures, all from the same day; its words lie between spaces."""
    monkeypatch.chdir(tmp_path)
    for name, pixels in zip(["a.png", "b.png", "c.bmp", "sub/d.png", "sub/[1].png"], PIXELS, strict=True):
        Path(name).parent.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(name)
        os.utime(name, ns=(THEN, THEN))
    return lambda line, stdin=None: CliRunner().invoke(app, line.split(), input=stdin)


def done(result: Result) -> Result:
    assert result.exit_code == 0, result.output
    return result


def refused(result: Result, code: int, *words: str) -> None:
    assert result.exit_code == code, result.output
    lines = result.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("aecodec: error: "), result.stderr
    for word in words:
        assert word in lines[0]


def names_of(file: str) -> list[str]:
    return [entry.name for entry in _entries(file)]


def _entries(file: str) -> list[Path]:
    done(CliRunner().invoke(app, ["decompress", file, "-o", "names", "-f"]))
    found = sorted(path for path in Path("names").rglob("*") if path.is_file())
    shutil.rmtree("names")
    return found


def age(path: str) -> int:
    """The time of modification, in whole microseconds: finer ones are not kept everywhere."""
    return Path(path).stat().st_mtime_ns // 1000


# --- short options ----------------------------------------------------------------------------


def test_version(run: Run) -> None:
    assert done(run("-V")).stdout == done(run("--version")).stdout == f"aecodec {aecodec.__version__}\n"


def test_jobs_has_a_short_form(run: Run) -> None:
    done(run(f"compress a.png -j 2 {EXACT}"))
    refused(run("compress b.png -j 0"), 2, "jobs")


@pytest.mark.parametrize("line", ["compress -r sub -o s.aec " + EXACT, "info -r x.aec", "verify -r x.aec"])
def test_recursive_changes_nothing(run: Run, line: str) -> None:
    done(run(f"compress a.png -o x.aec {EXACT}"))
    with_it = done(run(line))
    made = Path("s.aec").read_bytes() if Path("s.aec").exists() else None
    Path("s.aec").unlink(missing_ok=True)
    assert done(run(line.replace(" -r", ""))).output == with_it.output
    assert made is None or Path("s.aec").read_bytes() == made


def test_verbose_says_more(run: Run) -> None:
    """The models by SHA-256, the time of each step, and with --each a line for every file."""
    Path("m").mkdir()
    Path("m/made-6.safetensors").write_bytes(made_model())
    sha256 = Zoo("m").by_id("made-6").sha256
    asked = "--model made-6 --model-path m"
    lines = done(run(f"compress -v a.png {asked}")).stderr.splitlines()
    assert any(line.startswith(f"  model made-6 has SHA-256 {sha256}, read in 0.") for line in lines)
    assert "compressed in " in "".join(lines) and "written in " in "".join(lines)
    assert sha256 not in done(run(f"compress -f a.png {asked}")).stderr
    assert sha256 in done(run("decompress -v a.aec -o back.png --model-path m")).stderr
    checked = done(run("verify -v a.aec --model-path m"))
    assert sha256 in checked.stderr and "decoded in " in checked.stderr
    assert checked.stdout == done(run("verify a.aec --model-path m")).stdout  # programs see the same
    each = done(run(f"compress --verbose --each a.png b.png -o each/ {EXACT}")).stderr
    assert "a.png → each/a.aec: " in each and "b.png → each/b.aec: " in each
    assert each.count("compressed in ") == 2
    back = done(run("decompress -v each/ -o back/")).stderr
    assert "each/a.aec → back/a.png: " in back and back.count("decompressed in ") == 2
    refused(run("compress -q -v a.png"), 2, "-q and -v contradict one another")
    refused(run("decompress -q -v a.aec"), 2, "-q and -v contradict one another")


# --- patterns and lists -----------------------------------------------------------------------


def test_patterns(run: Run) -> None:
    assert expanded(["*.png", "-", "gone.png", "?.bmp"]) == ["a.png", "b.png", "-", "gone.png", "c.bmp"]
    assert expanded(["**/*.png"]) == ["a.png", "b.png", os.path.join("sub", "[1].png"), os.path.join("sub", "d.png")]
    assert expanded(["sub/[1].png"]) == ["sub/[1].png"], "a name that is there is no pattern"
    with pytest.raises(FileError, match=r"no file matches \*\.tif"):
        expanded(["a.png", "*.tif"])


def test_a_pattern_is_as_if_the_shell_had_expanded_it(run: Run) -> None:
    done(run(f"compress a.png b.png -o typed.aec {EXACT}"))
    done(run(f"compress *.png -o pattern.aec {EXACT}"))
    assert Path("pattern.aec").read_bytes() == Path("typed.aec").read_bytes()
    done(run(f"compress c.* {EXACT}"))
    done(run("decompress c.a* -o one.png"))
    refused(run("verify *.gone"), 7, "no file matches *.gone")


def test_names_in_a_list() -> None:
    assert names_in(b"a.png\r\n\nb c.png\n*.png\n-") == ["a.png", "b c.png", "*.png", os.path.join(".", "-")]
    assert names_in("\ufeffä.png\n".encode()) == ["ä.png"]
    assert names_in(b"a\nb.png\0c.png\0") == ["a\nb.png", "c.png"]
    assert names_in(b"a\nb.png", zeros=True) == ["a\nb.png"]


def test_lists(run: Run) -> None:
    Path("list").write_text("b.png\nsub/[1].png\n")
    done(run(f"compress a.png --filelist list -o l.aec {EXACT}"))
    assert names_of("l.aec") == ["[1].png", "a.png", "b.png"]
    done(run(f"compress --filelist - -o n.aec {EXACT}", "a.png\0c.bmp\0"))
    assert names_of("n.aec") == ["a.png", "c.bmp"]
    done(run(f"compress -0 --filelist - -o z.aec {EXACT}", "b.png"))
    assert names_of("z.aec") == ["b.png"], "one name makes a container, too"
    done(run("decompress --filelist - -o out", "l.aec\nn.aec"))
    assert sorted(path.name for path in Path("out").iterdir()) == ["l", "n"]
    assert done(run("verify --filelist -", "l.aec\nn.aec")).stdout.count(": ok, ") == 2
    assert done(run("info --filelist -", "l.aec\nn.aec")).stdout.count("l.aec") == 1


def test_lists_that_cannot_be(run: Run) -> None:
    refused(run("compress --filelist gone -o x.aec"), 7, "cannot read gone")
    refused(run("compress --filelist - -o x.aec", "\n\n"), 2, "standard input holds no names of files")
    refused(run("compress - --filelist - -o x.aec", "a.png"), 2, "standard input cannot be a picture and the list")
    refused(run("compress a.png -0 -o x.aec"), 2, "-0 says how a list is written: add --filelist")
    refused(run("compress --filelist - ", "a.png"), 2, "name it with -o, or use --each")
    refused(run("compress"), 2, "Missing argument 'IN...'")


# --- times ------------------------------------------------------------------------------------


def test_times_are_kept_there_and_back(run: Run) -> None:
    done(run(f"compress --each a.png sub -o files {EXACT}"))
    assert age("files/a.aec") == age("files/d.aec") == age("a.png")
    done(run("decompress files -o again"))
    assert age("again/a.png") == age("again/d.png") == age("a.png")
    done(run(f"compress c.bmp {EXACT}"))  # as if it were one of --each
    assert age("c.aec") == age("c.bmp")
    done(run("decompress c.aec -o c.png"))
    assert age("c.png") == age("c.bmp")


def test_times_that_are_not_kept(run: Run) -> None:
    """Those of containers and of standard input, and all with --no-times."""
    done(run(f"compress --each --no-times a.png -o files {EXACT}"))
    done(run(f"compress a.png b.png -o both.aec {EXACT}"))
    done(run(f"compress - -o in.aec {EXACT}", Path("a.png").read_bytes()))
    assert age("both.aec") > age("a.png")
    os.utime("both.aec", ns=(THEN, THEN))
    done(run("decompress both.aec -o both"))
    done(run("decompress both.aec --index 1 -o one.png"))
    done(run(f"compress c.bmp {EXACT}"))
    done(run("decompress c.aec --no-times -o c.png"))
    for new in ("files/a.aec", "in.aec", "both/a.png", "one.png", "c.png"):
        assert age(new) > age("a.png"), new


def test_a_time_comes_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file has its time when it gets its name; one that cannot be kept is no error."""
    path = str(tmp_path / "x")
    seen = []
    monkeypatch.setattr("aecodec.files.atomic.publish", lambda temporary, *_, **__: seen.append(modified(temporary)))
    write_file(path, b"x", force=False, modified=THEN // 1000 * 1000)
    assert seen == [THEN // 1000 * 1000]
    monkeypatch.undo()
    write_file(path, b"x", force=True, modified=1 << 200)
    assert Path(path).read_bytes() == b"x"
    assert modified(os.devnull) is modified(str(tmp_path / "gone")) is None


# --- slips ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("compress a.png -q 60", "quality is --quality 60"),
        ("compress -q60 a.png", "quality is --quality 60"),
        ("compress -q=60 a.png", "quality is --quality 60"),
        ("compress -quality 60 a.png", "two dashes, --quality"),
        ("compress --qualtiy 60 a.png", "Did you mean one of: '--quality'"),
        ("compress -Q 60 a.png", "quality is --quality N"),
        ("compress -l a.png", "every pixel is kept with --lossless"),
        ("compress --lossy a.png", "files are lossy unless --lossless is given"),
        ("compress -9 a.png", "--effort 9"),
        ("compress -k a.png", "inputs are always kept"),
        ("compress -d a.aec", "to decompress write aecodec decompress"),
        ("-d a.aec", "to decompress write aecodec decompress"),
        ("decompress -c a.aec", "for standard output write -o -"),
        ("compress a.png b.aec", "there is no file b.aec; if it is the output, write -o b.aec"),
        ("decompress a.aec z.png", "there is no file z.png; if it is the output, write -o z.png"),
        ("compress a.png b.png", "name it with -o, or use --each"),
        ("compres a.png", "did you mean aecodec compress"),
        ("extract a.aec", "did you mean aecodec decompress"),
        ("a.png", "a.png is a file, and no command; write aecodec compress a.png"),
        ("help", "did you mean aecodec --help"),
        ("compress a.png --level 9", "how long to search is --effort N"),
        ("compress a.png --psnr 36", "a bound on the error is --min-psnr DB"),
        ("compress a.png --size 9000", "a bound on the size is --max-bytes N"),
        ("decompress a.aec --name b.png", "a picture of a container has a number, --index N"),
        ("decompress a.aec --index b.png", "'b.png' is not a whole number"),
        ("compress a.png --min-psnr 36dB", "'36dB' is not a number"),
        ("compress a.png --nonsense", "--nonsense"),
    ],
)
def test_slips_are_told(run: Run, line: str, words: str) -> None:
    refused(run(line), 2, words)
    assert not [*Path().glob("*.aec")]


def test_quiet_is_not_taken_for_quality(run: Run) -> None:
    Image.fromarray(PIXELS[0]).save("60", "PNG")
    assert done(run(f"compress -q 60 -o x.aec {EXACT}")).output == ""
    assert (
        done(run(f"compress a.png -q --quality 60 -o y.aec --model-path . {EXACT[len('--lossless') :]}")).output == ""
    )
    for words in (["-q"], ["-q", "a.png"], ["--", "-q", "7"], ["-q", "1234"], ["--quiet", "60"]):
        assert quality_meant(words) is None
    assert quality_meant(["-q", "7"]) == quality_meant(["-q=7"]) == "7"


# --- help -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["compress", "decompress", "info", "verify", "benchmark", "visualize", "train"])
def test_help_has_every_option_once_in_sections(command: str) -> None:
    for name in {"benchmark": ["matplotlib"], "train": ["torch", "pydantic"]}.get(command, []):
        pytest.importorskip(name)
    text = done(CliRunner().invoke(app, [command, "--help"])).stdout
    found = app.get_command(click.Context(app), command)
    assert isinstance(found, Command)
    sections = found.sorted_options(click.Context(found, info_name=command))
    for heading in sections:
        assert f"\n{heading}:\n" in text
    shown = [option.opts for options in sections.values() for option in options]
    declared = [param.opts for param in found.params if isinstance(param, click.Option)]
    assert sorted(shown) == sorted([*declared, ["-h", "--help"]])
    assert " RANGE" not in text, "a number is N or X"
