"""What a system is told of aecodec: the type of its files, manual pages, and completion in shells.

Each is tried with the real other program; where that is missing, the test says so and is skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import aecodec

ROOT = Path(__file__).resolve().parents[1]
SHARE = ROOT / "share"
MAGIC = SHARE / "aecodec" / "aecodec.magic"
VALID = sorted((ROOT / "formats" / "vectors" / "valid").glob("*.aec"))
RESERVED = "optional-flags"  # it has flags that a reader ignores, but no writer gives
TYPE = "image/x-aec"
# Other files: two bytes of ours before text in Big5 and before flags that no writer gives, and nearly our signature.
OTHERS = {
    "big5": b"\xae\xc1\xc1\xa4\xa4\x48" * 4,
    "names-without-many": b"\xae\xc1\x16" + bytes(20),
    "no-model-no-geometry": b"\xae\xc1\x02" + bytes(20),
    "reserved": b"\xae\xc1\x41" + bytes(20),
    "step-33": b"\xae\xc1\x21\1\2\3\4\x21" + bytes(20),
    "newline": b"\xae\xc1\nabc" + bytes(20),
    "version-2": b"\xae\xc2\1" + bytes(20),
    "short": b"\xae\xc1",
}


def needs(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


def output(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(command, capture_output=True, env={**os.environ, **environment}, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


@pytest.fixture
def others(tmp_path: Path) -> list[Path]:
    """Files that are not ours, without a suffix; among them pictures."""
    for name, data in OTHERS.items():
        (tmp_path / name).write_bytes(data)
    shutil.copy(ROOT / "examples" / "digit.png", tmp_path / "digit")
    return sorted(tmp_path.iterdir())


# --- the type of files ------------------------------------------------------------------------


def test_file_knows_our_files(others: list[Path]) -> None:
    file = needs("file")
    assert "arning" not in output(file, "-c", "-m", MAGIC)
    found = output(file, "-b", "--mime-type", "-m", MAGIC, *VALID).split()
    assert [path.stem for path, kind in zip(VALID, found, strict=True) if kind != TYPE] == [RESERVED]
    assert TYPE not in output(file, "-b", "--mime-type", "-m", MAGIC, *others)
    assert output(file, "-b", "--extension", "-m", MAGIC, VALID[0]) == "aec\n"


def test_file_says_what_they_are() -> None:
    told = output(needs("file"), "-b", "-m", MAGIC, *VALID).splitlines()
    for path, words in zip(VALID, told, strict=True):
        found = aecodec.inspect(path.read_bytes())
        way = "progressive" if found.first_bytes is not None else "exact" if found.lossless else "lossy"
        expected = f"aecodec picture data, {way}{'' if found.model else ', no model'}"
        assert words == ("data" if path.stem == RESERVED else expected), path


def test_desktops_know_our_files(tmp_path: Path, others: list[Path]) -> None:
    update, query = needs("update-mime-database"), needs("xdg-mime")
    home = tmp_path / "share"
    shutil.copytree(SHARE / "mime", home / "mime")
    assert output(update, home / "mime") == ""
    system = os.environ.get("XDG_DATA_DIRS", "/usr/local/share:/usr/share")
    places = {"XDG_DATA_HOME": str(home), "XDG_DATA_DIRS": system, "HOME": str(tmp_path)}

    def kind(path: Path) -> str:
        return output(query, "query", "filetype", path, **places).strip()

    shutil.copy(ROOT / "examples" / "digit.png", tmp_path / "other.aec")  # by name, not by its bytes
    if kind(tmp_path / "other.aec") not in (TYPE, "image/png"):
        pytest.skip("nothing that xdg-mime asks here reads the database of types")
    known = [path for path in VALID if path.stem != RESERVED]
    for path in known[:: len(known) // 6]:
        bare = tmp_path / "bare"
        shutil.copy(path, bare)
        assert kind(bare) == TYPE, path
        assert kind(path) == TYPE, path
    for path in others:
        assert kind(path) != TYPE, path


def test_the_wheel_has_them() -> None:
    hatch = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    given = hatch["wheel"]["shared-data"]
    assert given == {"share/man": "share/man", "share/mime": "share/mime", "share/aecodec": "share/aecodec"}
    assert all((ROOT / path).is_dir() for path in given)
    assert "share" in hatch["sdist"]["include"]


# --- manual pages -----------------------------------------------------------------------------


def test_manual_pages_are_up_to_date() -> None:
    for name in ("matplotlib", "torch", "pydantic"):  # what the commands that measure and train import
        pytest.importorskip(name)
    command = [sys.executable, str(SHARE / "make_man_pages.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, env=_environment(), timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("tool", [["mandoc", "-Tlint", "-Wwarning"], ["groff", "-ww", "-man", "-Tutf8", "-z"]])
def test_manual_pages_are_sound(tool: list[str]) -> None:
    program = needs(tool[0])
    pages = sorted((SHARE / "man" / "man1").glob("*.1"))
    assert len(pages) >= 12
    done = subprocess.run([program, *tool[1:], *pages], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_manual_pages_are_shown() -> None:
    text = output(needs("man"), "-l", SHARE / "man" / "man1" / "aecodec-compress.1", MANWIDTH="100", LC_ALL="C")
    for words in ("QUALITY AND SIZE", "--quality 0..100", "find . -name '*.png' -print0 | aecodec compress"):
        assert words in text


# --- completion -------------------------------------------------------------------------------


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


@pytest.fixture
def program(tmp_path: Path) -> dict[str, str]:
    """An environment in which ``aecodec`` is this one."""
    if os.name == "nt":
        pytest.skip("these shells are not those of Windows")
    command = tmp_path / "bin" / "aecodec"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m aecodec "$@"\n')
    command.chmod(0o755)
    return _environment(PATH=f"{command.parent}{os.pathsep}{os.environ['PATH']}")


def in_shell(shell: str, script: str, environment: dict[str, str], folder: Path) -> list[str]:
    command = [needs(shell), "-c", script]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environment, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_bash_completes(program: dict[str, str], tmp_path: Path) -> None:
    """Commands, options, models' ids, also below a command; a file's name is left to bash."""
    script = """
        eval "$(_AECODEC_COMPLETE=bash_source aecodec)"
        compopt() { COMPREPLY+=("compopt-$2"); }
        try() { COMP_WORDS=(aecodec "$@"); COMP_CWORD=$#; COMPREPLY=(); _aecodec_completion aecodec; shown; }
        shown() { local IFS=' '; echo "${COMPREPLY[*]}"; }
        try com; try compress --qual; try compress a.png --model mnist-1; try models sh; try models show gener
        try compress dig; try compress --model ./my; try decompress x.aec --filelist li
    """
    expected = ["compress", "--quality", "mnist-128 mnist-16", "show", "general", *["compopt-default"] * 3]
    assert in_shell("bash", script, program, tmp_path) == expected


def test_fish_completes(program: dict[str, str], tmp_path: Path) -> None:
    script = """
        _AECODEC_COMPLETE=fish_source aecodec | source
        complete -C "aecodec decom"; complete -C "aecodec compress --model gener"
    """
    found = in_shell("fish", script, {**program, "HOME": str(tmp_path)}, tmp_path)
    assert [line.split("\t")[0] for line in found] == ["decompress", "general"]


def test_zsh_completes(program: dict[str, str], tmp_path: Path) -> None:
    """The script is zsh's, and what it asks for is answered: kind, word and what is said of it, a line each."""
    script = 'script="$(_AECODEC_COMPLETE=zsh_source aecodec)"; autoload -U compinit; compinit -D; eval "$script"'
    script += '; COMP_WORDS="aecodec decom" COMP_CWORD=1 _AECODEC_COMPLETE=zsh_complete aecodec'
    found = in_shell("zsh", script, program, tmp_path)
    assert found[:2] == ["plain", "decompress"] and found[2].startswith("Turn .aec files")
