"""Make the parser that ``tests/generated/aec.py`` is from ``aec.ksy`` beside this file.

    npm install --prefix DIR kaitai-struct-compiler@0.11.0
    NODE_PATH=DIR/node_modules python formats/make_parser.py            # write it
    NODE_PATH=DIR/node_modules python formats/make_parser.py --check    # only compare

Needs Node.js, that package, and PyYAML. The parser remembers where each field lies (the compiler's debug mode).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
DESCRIPTION = HERE / "aec.ksy"
PARSER = HERE.parent / "tests" / "generated" / "aec.py"
COMPILER = "kaitai-struct-compiler"
MADE_BY = "# Made by formats/make_parser.py; not to be edited."
COMPILE = f"""
const compiler = require("{COMPILER}");
const ksy = JSON.parse(require("fs").readFileSync(0, "utf8"));
compiler.compile("python", ksy, null, true).then(
  (files) => process.stdout.write(files["aec.py"]),
  (error) => {{ console.error(String(error)); process.exitCode = 1; }},
);
"""


def has_compiler() -> bool:
    """Whether Node.js is there and finds the compiler."""
    if shutil.which("node") is None:
        return False
    found = subprocess.run(["node", "-e", f'require.resolve("{COMPILER}")'], capture_output=True, check=False)
    return found.returncode == 0


def compiled(description: str) -> str:
    """The parser's code; raises ValueError with the compiler's words where there is a fault in the description."""
    done = subprocess.run(
        ["node", "-e", COMPILE],
        input=json.dumps(yaml.safe_load(description)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ValueError(done.stderr.strip())
    return "\n".join(line.rstrip() for line in done.stdout.splitlines()) + "\n"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def sealed(description: str, code: str) -> str:
    """What the file holds: the code, behind the SHA-256 of what it was made of and its own."""
    return f"{MADE_BY}\n# aec.ksy: {digest(description)}\n# below: {digest(code)}\n{code}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 where the parser is of another"
    )
    check = parser.parse_args().check
    if not has_compiler():
        print(f"Node.js does not find {COMPILER}: install it and name its folder in NODE_PATH", file=sys.stderr)
        return 1
    description = DESCRIPTION.read_text(encoding="utf-8")
    made = sealed(description, compiled(description))
    if check:
        same = PARSER.exists() and PARSER.read_text(encoding="utf-8") == made
        print(f"{PARSER.name} is {'' if same else 'not '}what {DESCRIPTION.name} gives", file=sys.stderr)
        return int(not same)
    PARSER.write_text(made, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
