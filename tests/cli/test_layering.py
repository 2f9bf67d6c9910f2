"""Who may include whom under src/. The table is the one of src/README.md."""

import re
from pathlib import Path

import pytest
from support.cli import ROOT

SRC = ROOT / "src"
CMAKE = SRC / "CMakeLists.txt"
README = SRC / "README.md"
_VALUES = {"base", "bson", "oplog"}
MAY_INCLUDE = {
    "base": set(),
    "bson": {"base"},
    "oplog": {"base", "bson"},
    "match": _VALUES,
    "merge": _VALUES,
    "output": _VALUES,
    "resume": _VALUES,
    "source": _VALUES,
    "mongo": _VALUES,
    "read": _VALUES | {"match", "resume", "mongo"},
    "state": _VALUES | {"match", "resume", "read"},
    "cli": _VALUES | {"match", "output", "resume"},
    "terminal": _VALUES | {"output"},
    "tail": _VALUES | {"match", "merge", "output", "read", "resume", "terminal"},
    "plan": _VALUES | {"match", "merge", "mongo", "read", "resume", "source", "state", "cli", "terminal", "tail"},
    "serve": _VALUES | {"match", "output", "resume"},
    "publish": _VALUES | {"match", "output", "read", "resume", "cli", "tail", "plan", "serve"},
    "remote": _VALUES | {"match", "output", "resume", "cli", "tail", "plan", "serve"},
}
MAY_INCLUDE["app"] = MAY_INCLUDE.keys() - {"app"}
# A library's headers, and the folders that may use them.
ONLY_IN = {"mongoc": {"mongo"}, "CLI": {"cli"}, "boost": {"serve", "remote"}, "openssl": {"base", "serve"}}

_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def sources(under: Path) -> list[Path]:
    return sorted(file for file in under.rglob("*") if file.suffix in (".h", ".cc"))


def complaints(file: Path, src: Path) -> list[str]:
    """What the table forbids in one file, a sentence each."""
    place = file.relative_to(src)
    folder = place.parts[0] if len(place.parts) > 1 else ""
    found = []
    for kind, name in _INCLUDE.findall(file.read_text()):
        top = name.split("/")[0]
        if top in ONLY_IN and folder not in ONLY_IN[top]:
            found.append(f"{place}: {name} is for {' and '.join(sorted(ONLY_IN[top]))}/ alone")
        if kind == "<":
            continue
        if not (src / name).is_file():
            found.append(f"{place}: {name} is no file under src/ (includes are written folder/file.h)")
        elif folder and top != folder and top not in MAY_INCLUDE.get(folder, set()):
            found.append(f"{place}: {folder}/ may not include {name}")
    return found


def test_every_folder_is_in_the_table():
    folders = {file.relative_to(SRC).parts[0] for file in sources(SRC) if file.parent != SRC}
    assert folders == MAY_INCLUDE.keys()


def test_no_folder_may_include_one_that_comes_after_it():
    before = set()
    for folder, others in MAY_INCLUDE.items():
        assert others <= before, folder
        before.add(folder)


def test_a_folders_library_is_linked_with_what_it_may_include():
    linked = {folder: set(others.split())
              for folder, others in re.findall(r"^mongotail_folder\((\w+)([^)]*)\)", CMAKE.read_text(), re.MULTILINE)}
    assert linked == MAY_INCLUDE


def test_the_readme_says_the_same():
    told = {}
    for folder, cell in re.findall(r"^\| (\w+) \|[^|]*\| ([^|]*) \|$", README.read_text(), re.MULTILINE):
        told[folder] = set(re.findall(r"\w+", cell))
    everything = MAY_INCLUDE.keys() - {"app"}
    assert {folder: everything if told.get(folder) == {"everything"} else told.get(folder, set())
            for folder in MAY_INCLUDE} == MAY_INCLUDE


def test_includes_follow_the_table():
    found = [complaint for file in sources(SRC) for complaint in complaints(file, SRC)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("folder, include, complaint", [
    ("match", '"output/json.h"', "match/ may not include output/json.h"),
    ("base", '"bson/view.h"', "base/ may not include bson/view.h"),
    ("app", "<mongoc/mongoc.h>", "is for mongo/ alone"),
    ("app", '"mongoc/mongoc.h"', "is for mongo/ alone"),
    ("oplog", "<openssl/sha.h>", "is for base and serve/ alone"),
    ("base", "<openssl/sha.h>", None),
    ("app", "<CLI/CLI.hpp>", "is for cli/ alone"),
    ("base", '"view.h"', "no file under src/"),
    ("bson", '"base/error.h"', None),
    ("mongo", "<mongoc/mongoc.h>", None),
    ("app", '"output/json.h"', None),
    ("terminal", '"cli/config.h"', "terminal/ may not include cli/config.h"),
])
def test_the_check_sees_what_it_should(tmp_path, folder, include, complaint):
    for header in ("base/error.h", "bson/view.h", "cli/config.h", "output/json.h"):
        (tmp_path / header).parent.mkdir(exist_ok=True)
        (tmp_path / header).touch()
    file = tmp_path / folder / "x.cc"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#include {include}\n")
    found = complaints(file, tmp_path)
    assert complaint in found[0] if complaint else not found


def test_what_the_program_prints_beyond_ascii_is_in_one_file():
    found = [f"{file.relative_to(SRC)}:{number}: {line.strip()}"
             for file in sources(SRC) if file.name != "glyphs.h"
             for number, line in enumerate(file.read_text().splitlines(), 1)
             if not re.sub(r"(^|\s)//.*", "", line).isascii()]
    assert not found, "\n".join(found)
