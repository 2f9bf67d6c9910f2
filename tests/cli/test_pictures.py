"""The documents' pictures are what the program shows."""

import re
import subprocess
import sys

from support import examples, program
from support.cli import ROOT


def test_the_pictures_are_of_what_the_program_shows_today(tmp_path):
    subprocess.run([sys.executable, ROOT / "scripts" / "pictures.py", "--to", tmp_path], check=True,
                   env={"PATH": "/usr/bin:/bin", "MONGOTAIL_BIN": program()}, stdout=subprocess.DEVNULL)
    made = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert made == {file.name: file.read_text() for file in (ROOT / "docs").glob("*.svg")}, "run scripts/pictures"


def test_each_picture_is_shown_somewhere():
    shown = {name for document in examples.documents() for name in re.findall(r"!\[[^]]+\]\((?:docs/)?(\S+\.svg)\)", document.read_text())}
    assert shown == {file.name for file in (ROOT / "docs").glob("*.svg")}
