"""The examples that the documents give, as a person would copy them into a shell."""

import re
import subprocess
from functools import cache
from pathlib import Path

from .cli import ROOT, Mongotail

_DOCS = ("guide", "streams", "performance", "comparison", "CONTRIBUTING", "CHANGELOG")
_MAN_PAGES = ("mongotail.1", "mongotail-info.1", "mongotail-serve.1")


def documents() -> list[Path]:
    """The README and what it refers to, in the order in which they are read."""
    return [ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in _DOCS)]


@cache
def blocks(language: str) -> list[str]:
    """The documents' fenced blocks in that language."""
    texts = [document.read_text() for document in documents()]
    return [block for text in texts for block in re.findall(rf"(?ms)^ *```{language}\n(.*?)^ *```$", text)]


def is_whole(text: str) -> bool:
    """Whether a shell would run it, rather than wait for more lines."""
    checked = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True)
    return checked.returncode == 0 and not checked.stderr and not text.rstrip("\n").endswith("\\")


def commands(block: str) -> list[str]:
    """A block's commands, each with all its lines."""
    found, open_lines = [], ""
    for line in block.splitlines(keepends=True):
        if not open_lines and (not line.strip() or line.startswith("#")):
            continue
        open_lines += line
        if is_whole(open_lines):
            found.append(open_lines.strip())
            open_lines = ""
    assert not open_lines, f"not a whole command:\n{open_lines}"
    return found


@cache
def in_documents() -> list[str]:
    return [command for block in blocks("sh") for command in commands(block)]


@cache
def in_man_pages() -> list[str]:
    lines = [line.removeprefix(".Dl ") for page in _MAN_PAGES
             for line in (ROOT / "man" / page).read_text().splitlines() if line.startswith(".Dl ")]
    plain = [line.replace(r"\(dq", '"').replace(r"\e", "\\").replace(r"\-", "-") for line in lines]
    return [line for line in plain if line.startswith(("mongotail ", "curl "))]


def in_help(mongotail: Mongotail) -> list[str]:
    pages = [mongotail.run(*args).ok().stdout for args in (["--help"], ["serve", "--help"], ["info", "--help"])]
    return [line.strip() for page in pages for line in page.split("\nExamples\n")[1].splitlines()]
