"""Running the program once, to its end: one line a run, and a failure that shows all of it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from . import processes
from .tail import Tail
from .terminal import Terminal

ROOT = Path(__file__).resolve().parents[2]
_LONGEST_SHOWN = 8_000
_seen: list[Any] = []


def program() -> str:
    """The binary under test: $MONGOTAIL_BIN, else the release build."""
    return os.environ.get("MONGOTAIL_BIN") or str(ROOT / "build" / "release" / "mongotail")


def probe(name: str) -> Path:
    """The newest build of a program that says what a part of mongotail makes of its input."""
    found = list(ROOT.glob(f"build/*/tests/unit/*/{name}"))
    if not found:
        pytest.skip(f"{name} is not built; it comes with the unit tests")
    return max(found, key=lambda file: file.stat().st_mtime)


def _clip(text: str) -> str:
    """The beginning and the end of what is too long to read."""
    if len(text) <= _LONGEST_SHOWN:
        return text
    half = _LONGEST_SHOWN // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"


@dataclass
class Run:
    """A finished run. `stdout` and `stderr` are text; `raw` is stdout's bytes."""

    argv: list[str]
    status: int
    stdout: str
    stderr: str
    raw: bytes = field(repr=False, default=b"")

    def __str__(self) -> str:
        return (f"argv:   {' '.join(self.argv)}\nstatus: {self.status}\n"
                f"stdout:\n{_clip(self.stdout)}\nstderr:\n{_clip(self.stderr)}")

    @property
    def lines(self) -> list[str]:
        """Without their newlines. Nothing else ends a line, unlike in splitlines()."""
        return self.stdout.removesuffix("\n").split("\n") if self.stdout else []

    def json(self) -> list[Any]:
        """stdout's lines, each as JSON."""
        return [json.loads(line) for line in self.lines]

    def ok(self) -> "Run":
        """Ended with 0."""
        return self.ended(0)

    def ended(self, status: int, *on_stderr: str) -> "Run":
        """Ended with `status` (negative: minus a signal's number), and stderr holds all of `on_stderr`."""
        assert self.status == status, f"expected status {status}\n{self}"
        for text in on_stderr:
            assert text in self.stderr, f"expected on stderr: {text}\n{self}"
        return self


class Mongotail:
    """The program's command line.

        mongotail.run("--file", path, "--op", "i").ok().json()
        with mongotail.tail(rs.uri, "--ns", "shop.*") as tail: …

    `command` stands in for the program where the harness itself is tested.
    The environment is plain_environment() and nothing else, changed by `env` (None removes a name).
    """

    def __init__(self, command: Sequence[str] | None = None, env: Mapping[str, str | None] | None = None,
                 home: str | os.PathLike | None = None) -> None:
        self.command = list(command) if command else [program()]
        self.env = dict(env or {})
        self.home = home

    def run(self, *args: Any, input: bytes | str | None = None, env: Mapping[str, str | None] | None = None,
            timeout: float = 20, cwd: str | os.PathLike | None = None) -> Run:
        """Runs it to its end; stdin is `input`, else empty."""
        argv = self.argv(args)
        data = input.encode() if isinstance(input, str) else input or b""
        try:
            done = subprocess.run(argv, input=data, capture_output=True, timeout=timeout, cwd=cwd,
                                  env=self.environment(env))
        except subprocess.TimeoutExpired as late:
            out, err = late.stdout or b"", late.stderr or b""
            raise AssertionError(f"still running after {timeout:g} s\n{_run(argv, -9, out, err)}") from None
        return remember(_run(argv, done.returncode, done.stdout, done.stderr))

    def tail(self, *args: Any, env: Mapping[str, str | None] | None = None, verbose: bool = True, **options: Any) -> Tail:
        """A live process. It gets -v, by which wait_following() knows that it follows."""
        argv = self.argv((*args, "-v") if verbose else args)
        return remember(Tail(argv, self.environment(env), **options))

    def terminal(self, *args: Any, env: Mapping[str, str | None] | None = None, **options: Any) -> Terminal:
        """The program on a terminal of its own."""
        return remember(Terminal(self.argv(args), self.environment({"TERM": "xterm-256color"} | dict(env or {})),
                                 **options))

    def argv(self, args: Sequence[Any]) -> list[str]:
        return self.command + [str(arg) for arg in args]

    def environment(self, env: Mapping[str, str | None] | None = None) -> dict[str, str]:
        merged = processes.plain_environment(self.home) | self.env | dict(env or {})
        return {name: value for name, value in merged.items() if value is not None}


def _run(argv: list[str], status: int, out: bytes, err: bytes) -> Run:
    return Run(argv, status, out.decode(errors="replace"), err.decode(errors="replace"), out)


def remember(run: Any) -> Any:
    """Keeps a run for the report of a test that fails."""
    _seen.append(run)
    return run


def take_seen() -> list[Any]:
    """The runs since the last call."""
    seen = _seen[:]
    _seen.clear()
    return seen


def python(code: str) -> Mongotail:
    """A stand-in for the program."""
    return Mongotail([sys.executable, "-u", "-c", code])
