"""The program's messages, as its source writes them: what happened, and what to try."""

import re
from dataclasses import dataclass
from pathlib import Path

# Functions that take a message: an Error's maker (a file's own one is called bad…), or one of Reporter's.
CALL = re.compile(r"\b(fail|usage|wrong|bad\w*|Error|warning|notice|detail)\s*[({]")
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
CHARACTER = re.compile(r"'(?:[^'\\\n]|\\.)'")
NAME = re.compile(r"--\w[\w-]*|\$\w+")
COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)


@dataclass(frozen=True)
class Message:
    file: str
    call: str  # the function's name
    cause: str  # of an error, as in base/error.h; may be empty
    what: tuple[str, ...]  # its literals; those side by side are one
    hint: tuple[str, ...]  # what is printed after "try:"
    hinted: bool  # a hint is given, perhaps one that is made elsewhere

    def __str__(self) -> str:
        return f"{self.file}: {self.call} {self.cause} {self.what} try: {self.hint}"


def arguments(source: str, begin: int) -> list[str]:
    """Those of the call whose bracket is at `begin`."""
    found, depth, at, first = [], 0, begin, begin + 1
    while at < len(source):
        literal = LITERAL.match(source, at) or CHARACTER.match(source, at)
        if literal:
            at = literal.end()
            continue
        if source[at] in "({[":
            depth += 1
        elif source[at] in ")}]":
            depth -= 1
        if depth == 0 or (depth == 1 and source[at] == ","):
            found.append(source[first:at])
            first = at + 1
            if depth == 0:
                break
        at += 1
    return found


def literals(argument: str) -> tuple[str, ...]:
    found: list[str] = []
    end = None
    for match in LITERAL.finditer(argument):
        text = match[1].replace('\\"', '"').replace("\\\\", "\\")
        if end is not None and not argument[end:match.start()].strip():
            found[-1] += text
        else:
            found.append(text)
        end = match.end()
    return tuple(text for text in found if re.search(r"[a-z]{2}", text))


def message(file: Path, call: str, args: list[str]) -> Message | None:
    cause = re.fullmatch(r"\s*Cause::(\w+)\s*", args[0]) if args else None
    texts = [literals(argument) for argument in args]
    # What it is about may come first: a flag, or an operator of a query.
    first = next((at for at, found in enumerate(texts) if found and not NAME.fullmatch(found[0])), None)
    if first is None:
        return None
    if call == "fail" and len(args) > 1:
        first = 1
    # A Reporter's message has no hint.
    followed = first + 1 < len(args) and call not in ("warning", "notice", "detail")
    return Message(file.name, call, cause[1] if cause else "", texts[first], texts[first + 1] if followed else (), followed)


def collect(folder: Path) -> list[Message]:
    found = []
    for file in sorted(folder.rglob("*.cc")):
        source = COMMENT.sub(lambda match: match[1] or "", file.read_text())
        for match in CALL.finditer(source):
            one = message(file, match[1], arguments(source, match.end() - 1))
            if one:
                found.append(one)
    return found
