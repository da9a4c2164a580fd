"""The code blocks of a page, and what the comment before one says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SET_UP = ("start", "photograph", "test")  # .ci/run runs these in fresh environments
NOT_RUN = "not run: "  # and the reason
_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]*) -->\n+)?^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE
)
RUN = ("sh", "python", "text")  # of text, what is shown must be what the commands before it print


@dataclass(frozen=True)
class Block:
    """A code block: its language, its text, the comment right before it, and its first line's number in the page."""

    language: str
    code: str
    mark: str
    line: int

    @property
    def is_run(self) -> bool:
        """Whether the tests run it."""
        return self.language in RUN and self.mark not in SET_UP and not self.mark.startswith(NOT_RUN)


def pages() -> list[Path]:
    """The pages whose examples are run: the README and all of docs."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(text: str) -> list[Block]:
    """The blocks of a page, in order."""
    return [
        Block(found["language"], found["code"], found["mark"] or "", text.count("\n", 0, found.start("code")) + 1)
        for found in _BLOCK.finditer(text)
    ]


def name(page: Path) -> str:
    """How a page is called in messages."""
    return page.relative_to(ROOT).as_posix()
