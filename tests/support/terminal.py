"""The program on a real terminal: a pty of its own, or a tmux window as a person sees it."""

import fcntl
import os
import pty
import re
import secrets
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping

from . import processes
from .wait import WaitFailed, wait_until


class Terminal:
    """A process whose stdin, stdout, stderr and controlling terminal are one pty."""

    def __init__(self, argv: list[str], env: Mapping[str, str], rows: int = 40, columns: int = 120,
                 cwd: str | os.PathLike | None = None) -> None:
        self.argv = argv
        self.process: subprocess.Popen | None = None
        self._env = dict(env)
        self._cwd = cwd
        self._size = (rows, columns)
        self._master = -1
        self._seen = b""

    def __enter__(self) -> "Terminal":
        self._master, slave = pty.openpty()
        self.resize(*self._size)

        def take_terminal() -> None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        try:
            self.process = processes.spawn(self.argv, take_terminal, stdin=slave, stdout=slave, stderr=slave,
                                           env=self._env, cwd=self._cwd, start_new_session=True)
        finally:
            os.close(slave)
        return self

    def __exit__(self, *_: object) -> None:
        if self.process:
            processes.end(self.process, grace=2)
        os.close(self._master)

    def __str__(self) -> str:
        status = self.process.poll() if self.process else "not started"
        return (f"argv:   {' '.join(self.argv)}\nstatus: {'running' if status is None else status}\n"
                f"terminal:\n{self._seen.decode(errors='replace')}")

    @property
    def text(self) -> str:
        """All that was written to it, control sequences and all, with plain line ends."""
        self._read(0)
        return self._seen.decode(errors="replace").replace("\r\n", "\n")

    def send(self, text: str) -> None:
        """Types text; "\\x03" is Ctrl-C, and signals the foreground processes as on a real terminal."""
        os.write(self._master, text.encode())

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def wait_for(self, pattern: str, timeout: float = 15) -> str:
        """Waits until the text matches the regular expression, and returns the text."""
        deadline = time.monotonic() + timeout
        while not re.search(pattern, self.text):
            if time.monotonic() >= deadline:
                raise WaitFailed(f"waited {timeout:g} s for /{pattern}/\n{self}")
            if not self._read(0.05) and self.process.poll() is not None:
                if re.search(pattern, self.text):
                    break
                raise WaitFailed(f"it ended before /{pattern}/\n{self}")
        return self.text

    def wait_end(self, timeout: float = 15) -> int:
        """Its exit status, negative for a signal; reads on meanwhile, so that it never blocks."""
        deadline = time.monotonic() + timeout
        while self.process.poll() is None:
            if time.monotonic() >= deadline:
                raise WaitFailed(f"still running after {timeout:g} s\n{self}")
            self._read(0.05)
        self._read(0)
        return self.process.returncode

    @property
    def echoes(self) -> bool:
        """Whether what is typed shows, as it must not at a password prompt."""
        return bool(termios.tcgetattr(self._master)[3] & termios.ECHO)

    def interrupt(self) -> None:
        self.send("\x03")

    def send_signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def _read(self, seconds: float) -> bool:
        """Takes what is there, waiting up to `seconds` for the first of it; whether there was any."""
        got = False
        while select.select([self._master], [], [], 0 if got else seconds)[0]:
            try:
                data = os.read(self._master, 1 << 16)
            except OSError:  # EIO: nobody holds the other side any more
                return got
            if not data:
                return got
            self._seen += data
            got = True
        return got


class Tmux:
    """A tmux server of its own with one window, for what a person would see."""

    def __init__(self, env: Mapping[str, str], rows: int = 30, columns: int = 100) -> None:
        self._socket = f"mongotail-{secrets.token_hex(4)}"
        self._folder = processes.temp_folder("tmux")
        self._env = dict(env) | {"TMUX_TMPDIR": str(self._folder), "TERM": "xterm-256color"}
        self._size = ["-x", str(columns), "-y", str(rows)]

    def __enter__(self) -> "Tmux":
        self._tmux("-f", "/dev/null", "new-session", "-d", *self._size, "sh")
        return self

    def __exit__(self, *_: object) -> None:
        self._tmux("kill-server")
        processes.remove_folder(self._folder)

    def type(self, text: str, enter: bool = True) -> None:
        self._tmux("send-keys", "-l", "--", text)
        if enter:
            self.keys("Enter")

    def keys(self, *names: str) -> None:
        """tmux's names: Enter, C-c, …"""
        self._tmux("send-keys", *names)

    def resize(self, rows: int, columns: int) -> None:
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self, colors: bool = False) -> str:
        return self._tmux("capture-pane", "-p", *(["-e"] if colors else []))

    def wait_for(self, pattern: str, timeout: float = 15) -> str:
        return self.wait_until(lambda screen: re.search(pattern, screen), f"/{pattern}/", timeout)

    def wait_until(self, condition: Callable[[str], object], what: str, timeout: float = 15) -> str:
        """Waits for a screen of which the condition holds, and returns that very one."""
        seen = [""]

        def holds() -> object:
            seen[0] = self.screen()
            return condition(seen[0])

        wait_until(holds, lambda: f"{what} on the screen:\n{seen[0]}", timeout, interval=0.1)
        return seen[0]

    def _tmux(self, *args: str) -> str:
        done = subprocess.run(["tmux", "-L", self._socket, *args], env=self._env, capture_output=True, text=True)
        assert done.returncode == 0, f"tmux {args[0]}: {done.stderr}"
        return done.stdout
