"""Texts that people read use the field's usual words: what was once put awkwardly does not come back."""

import re
from pathlib import Path

import pytest
from support import examples
from support.cli import ROOT

# What to write instead.
PATTERNS = {
    r"(?<!there )(?<!There )\bis no (?!longer|more|larger)\w": "is not a",
    r"(?<!there )\bis none of\b": "must be one of",
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


def messages() -> list[str]:
    """The string literals of the program."""
    lines = [line for file in sorted((ROOT / "src").rglob("*.cc")) for line in file.read_text().splitlines()]
    return [text for line in lines if not line.lstrip().startswith("//") for text in re.findall(r'"((?:[^"\\]|\\.)*)"', line)]


def test_no_message_has_one_of_the_patterns():
    assert len(messages()) > 1000
    found = [text for text in messages() for pattern in PATTERNS if re.search(pattern, text)]
    assert not found


# What one object does for another is usually said like this.
USUAL_IN_COMMENTS = {r"\boutlives?\b"}
OF_COMMENTS = {
    r"\b(nullopt|nullptr|[Ee]mpty|[Ff]alse|[Tt]rue) where\b": "if",
    r"\b[Tt]hrows nothing\b": "does not throw",
    r"\bnot ant?\b (not|an?)\b": "not a",
}


def comments(file: Path) -> str:
    """In one line."""
    blocks = re.findall(r"(?m)(?:^[ \t]*//[^\n]*\n)+|//[^\n]*$", file.read_text())
    return re.sub(r"\s+", " ", " ".join(re.sub(r"\s*//+<?", " ", block) for block in blocks))


def test_no_comment_has_one_of_the_patterns():
    patterns = {**PATTERNS, **OF_COMMENTS}
    files = [*(ROOT / "src").rglob("*.h"), *(ROOT / "src").rglob("*.cc")]
    assert len(files) > 400
    found = [f"{file.name}: {hit.group()}: {better}" for file in files for pattern, better in patterns.items() if pattern not in USUAL_IN_COMMENTS
             for hit in re.finditer(pattern, comments(file))]
    assert not found


def names_of_tests() -> list[str]:
    """As sentences."""
    python = [name.replace("_", " ") for file in (ROOT / "tests").rglob("test_*.py")
              for name in re.findall(r"(?m)^ *def test_(\w+)", file.read_text())]
    unit = [re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).lower() for file in (ROOT / "tests").rglob("*_test.cc")
            for name in re.findall(r"(?m)^(?:TYPED_)?TEST(?:_[FP])?\(\w+,\s*(\w+)\)", file.read_text())]
    return python + unit


def test_no_tests_name_has_one_of_the_patterns():
    assert len(names_of_tests()) > 1900
    patterns = PATTERNS.keys() - USUAL_IN_COMMENTS
    assert not [name for name in names_of_tests() for pattern in patterns if re.search(pattern, name)]


def test_a_pattern_is_found_over_a_line_break(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("Then it goes\non, and `goes on` is code.\n")
    assert len(found_in(text_of(page))) == 1
