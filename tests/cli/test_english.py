"""Texts that people read use the field's usual words: what was once put awkwardly does not come back."""

import re
from pathlib import Path

import pytest
from support import examples
from support.cli import ROOT

# What to write instead.
PATTERNS = {
    r"(?<!there )\bis no (?!longer|more)\w": "is not a",
    r"\bis none of\b": "must be one of",
    r"\bthere is no (flag|parameter)\b": "unknown flag",
    r"\bso many\b": "the maximum number",
    r"\bstands? in\b": "is in",
    r"\b(goes|go|going) on\b": "resume, continue",
    r"\bmeanwhile\b": "while",
    r"\b(told|tell) apart\b": "distinguish",
    r"\bis asked for\b": "is requested, is prompted for",
    r"\boutlives?\b": "survives",
    r"\bis heard\b": "is reachable",
    r"\bmay be repeated\b": "repeatable",
    r"\bcomes? twice\b": "is repeated",
    r"\bas asked\b": "as requested",
    r"\bwhere there is none\b": "if there is none",
    r"\b[Ww]ho (starts|reads|is behind|wants)\b": "a subscriber that",
    r"\bexchange them\b": "swap them",
}
MAN = sorted((ROOT / "man").glob("*.1"))
PAGES = [*examples.documents(), *MAN]


def text_of(page: Path) -> str:
    """Without code, in one line, so that a pattern may go over two."""
    text = re.sub(r"(?ms)^ *```.*?^ *```$|`[^`\n]*`", "", page.read_text())
    return re.sub(r"\s+", " ", text)


def found_in(text: str) -> list[str]:
    return [f"...{text[max(0, hit.start() - 30):hit.end() + 30]}...: {better}"
            for pattern, better in PATTERNS.items() for hit in re.finditer(pattern, text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_has_none_of_the_patterns(page):
    assert not found_in(text_of(page))


@pytest.mark.parametrize("command", [[], ["serve"], ["info"]], ids=["tail", "serve", "info"])
def test_help_has_none_of_the_patterns(mongotail, command):
    assert not found_in(re.sub(r"\s+", " ", mongotail.run(*command, "--help-all").ok().stdout))


# Strings of the source may still have these.
LEFT_IN_SOURCE = {r"\b(goes|go|going) on\b"}


def messages() -> list[str]:
    """The string literals of the program."""
    lines = [line for file in sorted((ROOT / "src").rglob("*.cc")) for line in file.read_text().splitlines()]
    return [text for line in lines if not line.lstrip().startswith("//") for text in re.findall(r'"((?:[^"\\]|\\.)*)"', line)]


def test_no_message_has_one_of_the_patterns():
    assert len(messages()) > 1000
    found = [text for text in messages() for pattern in PATTERNS.keys() - LEFT_IN_SOURCE if re.search(pattern, text)]
    assert not found


def test_a_pattern_is_found_over_a_line_break(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("Then it goes\non, and `goes on` is code.\n")
    assert len(found_in(text_of(page))) == 1
