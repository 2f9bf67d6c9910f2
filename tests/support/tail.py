"""A live run of the program, watched while it goes on."""

import json
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from typing import IO, Any

from . import processes
from .wait import WaitFailed

FOLLOWING = "following "


class Tail:
    """`with mongotail.tail(...) as tail:` starts it; leaving the block ends it.

    Its stdout and stderr are read as they come; every wait has a deadline, ends early when the
    process does, and shows the whole run when it fails.
    """

    def __init__(self, argv: list[str], env: Mapping[str, str], stdout: int | IO | None = subprocess.PIPE,
                 stdin: int | IO | None = subprocess.DEVNULL, cwd: str | os.PathLike | None = None) -> None:
        self.argv = argv
        self.process: subprocess.Popen | None = None
        self._options = {"env": dict(env), "stdout": stdout, "stdin": stdin, "cwd": cwd}
        self._out: list[bytes] = []
        self._err: list[bytes] = []
        self._changed = threading.Condition()
        self._readers: list[threading.Thread] = []

    def start(self) -> "Tail":
        self.process = processes.spawn(self.argv, stderr=subprocess.PIPE, **self._options)
        for pipe, into in ((self.process.stdout, self._out), (self.process.stderr, self._err)):
            if pipe:
                reader = threading.Thread(target=self._read, args=(pipe, into), daemon=True)
                reader.start()
                self._readers.append(reader)
        return self

    def __enter__(self) -> "Tail":
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self.process:
            processes.end(self.process, grace=2)
            self._drain()

    def __str__(self) -> str:
        status = self.process.poll() if self.process else "not started"
        return (f"argv:   {' '.join(self.argv)}\nstatus: {'running' if status is None else status}\n"
                f"stdout:\n{self.stdout}\nstderr:\n{self.stderr}")

    # -- what it has said ----------------------------------------------------------------------

    @property
    def raw(self) -> bytes:
        with self._changed:
            return b"".join(self._out)

    @property
    def stdout(self) -> str:
        return self.raw.decode(errors="replace")

    @property
    def stderr(self) -> str:
        with self._changed:
            return b"".join(self._err).decode(errors="replace")

    @property
    def lines(self) -> list[str]:
        """Whole lines of stdout, each with its newline."""
        return [line + "\n" for line in self.stdout.split("\n")[:-1]]

    def json(self) -> list[Any]:
        return [json.loads(line) for line in self.lines]

    # -- waiting -------------------------------------------------------------------------------

    def wait_for(self, condition: Callable[["Tail"], Any], what: str = "a condition", timeout: float = 15) -> "Tail":
        """Waits until condition(tail) is true, looking again at each piece of output."""
        deadline = time.monotonic() + timeout
        while not condition(self):
            if self.process.poll() is not None:
                self._drain()
                if condition(self):
                    break
                raise WaitFailed(f"it ended before {what}\n{self}")
            if time.monotonic() >= deadline:
                raise WaitFailed(f"waited {timeout:g} s for {what}\n{self}")
            with self._changed:
                self._changed.wait(0.02)
        return self

    def wait_lines(self, count: int, timeout: float = 15) -> list[str]:
        """The first `count` lines or more, as soon as they are there."""
        self.wait_for(lambda tail: len(tail.lines) >= count, f"{count} lines", timeout)
        return self.lines

    def wait_json(self, count: int, timeout: float = 15) -> list[Any]:
        self.wait_lines(count, timeout)
        return self.json()

    def wait_stderr(self, text: str, timeout: float = 15, after: int = 0) -> "Tail":
        """Waits until stderr holds `text` behind its first `after` characters."""
        return self.wait_for(lambda tail: text in tail.stderr[after:], f"'{text}' on stderr", timeout)

    def wait_following(self, timeout: float = 15, times: int = 1) -> "Tail":
        """Waits until it has said, `times` times, that it follows: what is written from now on will show."""
        def follows(tail: "Tail") -> bool:
            said = [line for line in tail.stderr.splitlines(keepends=True) if line.endswith("\n")]
            return sum(_status(line).startswith(FOLLOWING) for line in said) >= times

        return self.wait_for(follows, f"'{FOLLOWING}…' on stderr", timeout)

    def wait_back(self, times: int = 1, timeout: float = 15) -> "Tail":
        """Waits until it has said that so many outages are over; there must not have been more."""
        self.wait_for(lambda tail: tail.stderr.count("back after") >= times, f"the end of {times} outages", timeout)
        assert (self.stderr.count("connection lost"), self.stderr.count("back after")) == (times, times), self
        return self

    def wait_end(self, timeout: float = 15) -> int:
        """Its exit status, negative for a signal."""
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise WaitFailed(f"still running after {timeout:g} s\n{self}") from None
        self._drain()
        return status

    def ended(self, status: int, *on_stderr: str, timeout: float = 15) -> "Tail":
        """Waits for the end; then as Run.ended()."""
        got = self.wait_end(timeout)
        assert got == status, f"expected status {status}\n{self}"
        for text in on_stderr:
            assert text in self.stderr, f"expected on stderr: {text}\n{self}"
        return self

    # -- disturbing it -------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def send_signal(self, number: int) -> None:
        self.process.send_signal(number)

    def interrupt(self) -> None:
        self.send_signal(signal.SIGINT)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def end_by(self, number: int) -> float:
        """Sends the signal, and gives the seconds until the process is gone. The test's own limit holds."""
        with os.fdopen(os.pidfd_open(self.pid)) as gone:
            begin = time.monotonic()
            self.send_signal(number)
            select.select([gone], [], [])
            seconds = time.monotonic() - begin
        self.wait_end()
        return seconds

    def kill(self) -> None:
        self.process.kill()
        self.wait_end()

    def _read(self, pipe: IO[bytes], into: list[bytes]) -> None:
        while data := os.read(pipe.fileno(), 1 << 16):
            with self._changed:
                into.append(data)
                self._changed.notify_all()

    def _drain(self) -> None:
        for reader in self._readers:
            reader.join(5)


def _status(line: str) -> str:
    """A status line without the name that stands before it."""
    return line.removeprefix("mongotail: ")
