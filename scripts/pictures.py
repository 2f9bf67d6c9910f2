"""Runs mongotail on a terminal and draws what it shows, colors and all, as SVG."""

import argparse
import re
import shlex
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

SAMPLE = "tests/testdata/sample.bson"


@dataclass(frozen=True)
class Picture:
    name: str
    title: str
    args: str
    columns: int


PICTURES = [
    Picture("pretty", "Debugging an application",
            f"--file {SAMPLE} --utc --since 1795417991:30 --limit 6", 104),
    Picture("deletes", "What was changed and deleted, a line each", f"--file {SAMPLE} --utc --op d,u --ns shop.orders -o short --limit 12", 104),
    Picture("summary", "How much is written, and where", f"--file {SAMPLE} --utc --summary", 104),
]

BACKGROUND, FOREGROUND, PROMPT = "#14191f", "#d3d7cf", "#8ae234"
COLORS = {31: "#ff6b68", 32: "#7fd962", 33: "#f2c94c", 35: "#d2a6ff", 36: "#56c7d6"}
SIZE, LINE, ADVANCE, MARGIN = 14, 19, 8.43, 16


def shown(picture: Picture) -> list[str]:
    """The lines on the terminal, with their control sequences."""
    from support import Mongotail

    program = Mongotail()
    with program.terminal(*shlex.split(picture.args), "--quiet", columns=picture.columns, rows=50, cwd=ROOT) as terminal:
        status = terminal.wait_end()
        if status != 0:
            raise RuntimeError(f"it ended with {status}:\n{terminal}")
        text = terminal.text
    # The live summary that was drawn in place is gone again.
    text = re.sub(r"[^\x00]*\r\x1b\[J", "", text)
    return text.rstrip("\n").split("\n")


def spans(line: str) -> list[tuple[str, str]]:
    """Pieces of the line, each with the style that SGR codes before it ask for."""
    found, style = [], ""
    for piece in re.split(r"(\x1b\[\d*m)", line):
        code = re.fullmatch(r"\x1b\[(\d*)m", piece)
        if not code:
            if piece:
                found.append((style, piece))
        elif (number := int(code[1] or 0)) in COLORS:
            style += f' fill="{COLORS[number]}"'
        else:
            style = {0: "", 1: style + ' font-weight="bold"', 2: style + ' fill-opacity="0.6"'}[number]
    return found


def draw(lines: list[list[tuple[str, str]]], title: str, columns: int) -> str:
    width = round(columns * ADVANCE + 2 * MARGIN)
    height = len(lines) * LINE + 2 * MARGIN
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
           f'role="img" aria-label="{escape(title)}">',
           f'<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}"/>',
           f'<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{SIZE}" fill="{FOREGROUND}">']
    for number, line in enumerate(lines, 1):
        at, y = 0, MARGIN + number * LINE - 5
        for style, text in line:
            length = f' textLength="{len(text) * ADVANCE:.1f}" lengthAdjust="spacingAndGlyphs"'
            if text.strip():
                out.append(f'<text xml:space="preserve" x="{MARGIN + at * ADVANCE:.1f}" y="{y}"{length}{style}>{escape(text)}</text>')
            at += len(text)
    return "\n".join([*out, "</g>", "</svg>", ""])


def picture_of(picture: Picture) -> str:
    prompt = [(f' fill="{PROMPT}"', "$ "), ("", f"mongotail {picture.args}")]
    return draw([prompt, *map(spans, shown(picture))], picture.title, picture.columns)


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/pictures", description="Make the documents' pictures, docs/*.svg, anew "
                                     "with build/release/mongotail, or with $MONGOTAIL_BIN.")
    parser.add_argument("--to", type=Path, default=ROOT / "docs", help="another folder")
    folder = parser.parse_args().to
    folder.mkdir(parents=True, exist_ok=True)
    for picture in PICTURES:
        (folder / f"{picture.name}.svg").write_text(picture_of(picture))
        print(folder / f"{picture.name}.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
