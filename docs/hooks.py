"""Hooks of mkdocs: the site is laid out as the repository is.

The pages in ``docs`` keep that folder in their addresses. Whatever a page links to comes along from outside of it: a
page of Markdown as a page, any other file as it is. So a link is written once, as a relative path, and works on a code
host and in the site. A link to a folder leads to its README.md; where there is none, only its text is kept.
"""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]  # while this file is read: what is imported now finds the rest later

from commands import described  # noqa: E402

HOME = "README.md"
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]+)\]\((?P<target>[^)\s:#]+)(?P<anchor>#[^)\s]*)?\)")
_TARGET = re.compile(r"\]\(([^)\s:#]+)(?:#[^)\s]*)?\)")
_COMMANDS = "<!-- commands -->"  # where all commands are described
_ROLE = re.compile(r":(?:attr|class|data|exc|func|meth|mod):<code>~?")


def on_files(files: Files, config: Any) -> Files:
    """Replace the pages of ``docs`` by what the home page, they, and the navigation lead to."""
    kept = [file for file in files if not file.src_uri.endswith(".md")]
    theme = [file for file in kept if Path(file.src_dir or "") != ROOT / "docs"]
    found: dict[str, File] = {}
    wanted = [HOME, *(path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").rglob("*.md")))]
    wanted += re.findall(r"'([^']+\.md)'", repr(config.nav))
    while wanted:
        path = wanted.pop()
        if path not in found and (ROOT / path).is_file():
            found[path] = File(path, str(ROOT), config.site_dir, config.use_directory_urls)
            wanted += linked(path)
    return Files([*theme, *found.values()])


def linked(path: str) -> list[str]:
    """Return the files that a page leads to, as paths in the repository."""
    if not path.endswith(".md"):
        return []
    text = (ROOT / path).read_text(encoding="utf-8")
    return [place(path, target) for target in _TARGET.findall(text)]


def place(page: str, target: str) -> str:
    """Return the path in the repository of what ``page`` calls ``target``; of a folder, that of its README.md."""
    found = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
    return f"{found}/README.md" if (ROOT / found).is_dir() else found


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Lead a link to a folder to its README.md, or keep its text alone; describe the commands where a page asks."""
    here = page.file.src_uri
    if _COMMANDS in markdown:
        markdown = markdown.replace(_COMMANDS, described())

    def mended(match: re.Match[str]) -> str:
        target = place(here, match["target"])
        if not (ROOT / posixpath.normpath(posixpath.join(posixpath.dirname(here), match["target"]))).is_dir():
            return match[0]
        if not (ROOT / target).is_file():
            return match["text"]
        return f"[{match['text']}]({posixpath.relpath(target, posixpath.dirname(here) or '.')}{match['anchor'] or ''})"

    return _LINK.sub(mended, markdown)


def on_page_content(html: str, page: Any, config: Any, files: Files) -> str:
    """Leave out the roles of Sphinx before names in docstrings."""
    return _ROLE.sub("<code>", html)
