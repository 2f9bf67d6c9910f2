"""The documents are whole: links lead somewhere, the README is short, and every page is reached from it."""

import re
from pathlib import Path

import pytest
from support import examples
from support.cli import ROOT

PAGES = [*examples.documents(), ROOT / "src" / "README.md"]
LONGEST = {"README.md": 150, "guide.md": 400, "streams.md": 400}


def prose(page: Path) -> str:
    """Without code."""
    return re.sub(r"(?ms)^ *```.*?^ *```$|`[^`\n]*`", "", page.read_text())


def anchors(page: Path) -> list[str]:
    """Of its headings, as GitHub makes them."""
    text = re.sub(r"(?ms)^ *```.*?^ *```$", "", page.read_text())
    return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in re.findall(r"(?m)^#+ (.+)$", text)]


def links(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", prose(page))


def broken(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    return not target.exists() or bool(anchor) and anchor not in anchors(target)


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_each_relative_link_and_its_anchor_resolve(page):
    relative = [link for link in links(page) if "://" not in link]
    assert not [link for link in relative if broken(page, link)]


def test_a_missing_file_or_heading_would_be_noticed():
    page = ROOT / "README.md"
    assert len(links(page)) > 20
    assert broken(page, "docs/none.md") and broken(page, "docs/guide.md#none") and broken(page, "#none")


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_no_two_headings_of_a_page_have_the_same_anchor(page):
    assert len(set(anchors(page))) == len(anchors(page))


def test_every_page_is_known_and_reached_from_the_readme():
    pages = set((ROOT / "docs").glob("*.md"))
    assert pages == set(examples.documents()[1:])
    linked = {(ROOT / link.partition("#")[0]).resolve() for link in links(ROOT / "README.md") if "://" not in link}
    assert pages <= linked


@pytest.mark.parametrize("page", [page for page in PAGES if page.name in LONGEST and page.parent.name != "src"], ids=lambda page: page.name)
def test_a_page_is_no_longer_than_one_reads(page):
    assert len(page.read_text().splitlines()) <= LONGEST[page.name]


def drained() -> list[list[str]]:
    """The rows of the performance page's first table, from the floor on."""
    section = (ROOT / "docs" / "performance.md").read_text().partition("## A whole oplog")[2].partition("## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("|")]
    return rows[2:]


def seconds_of(program: str) -> float:
    return next(float(row[1]) for row in drained() if program in row[0])


def test_the_ratios_of_the_performance_table_are_those_of_its_seconds():
    ratios = [(float(row[1]), float(row[2])) for row in drained() if row[2]]
    assert len(ratios) >= 4 and ratios[0][1] == 1
    assert not [(seconds, ratio) for seconds, ratio in ratios if abs(ratio - seconds / ratios[0][0]) > 0.0051]


def test_the_readme_claims_the_speed_that_the_performance_table_shows():
    text = (ROOT / "README.md").read_text()
    assert "in less time than a bare libmongoc cursor takes to drain it" in text
    assert seconds_of("`mongotail -o json`") < seconds_of("the floor")
    times = int(re.search(r"some (\d+) times faster than the loop in pymongo", text)[1])
    assert times == round(seconds_of("pymongo") / seconds_of("`mongotail -o json`"))
