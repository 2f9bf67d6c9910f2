"""Starting processes that never outlive the tests, and ports for them."""

import atexit
import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
_children: dict[int, subprocess.Popen] = {}
_folders: set[Path] = set()
_ports: set[int] = set()


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(argv: list[str], in_child: Callable[[], None] | None = None, **options) -> subprocess.Popen:
    """A Popen that is killed when this process ends, however it ends.

    The kernel ties that to the thread that starts it: call this from the main thread.
    """
    def prepare() -> None:
        _die_with_parent()
        if in_child:
            in_child()

    process = subprocess.Popen(argv, preexec_fn=prepare, **options)
    _children[process.pid] = process
    return process


def end(process: subprocess.Popen, grace: float = 0) -> None:
    """SIGTERM and up to `grace` seconds (none when 0), then SIGKILL; reaps it. Twice is harmless."""
    _children.pop(process.pid, None)
    if process.poll() is not None:
        return
    if grace:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(grace)
            return
        except subprocess.TimeoutExpired:
            pass
    process.kill()
    process.wait()


def temp_folder(name: str) -> Path:
    """A folder that remove_folder() or the end of this process removes."""
    folder = Path(tempfile.mkdtemp(prefix=f"mongotail-{name}-"))
    _folders.add(folder)
    return folder


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _folders.discard(folder)


@atexit.register
def _end_all() -> None:
    for process in list(_children.values()):
        end(process)
    for folder in list(_folders):
        remove_folder(folder)


def free_port() -> int:
    """A port that nobody listens on and that this process has not handed out before.

    It lies below the range from which outgoing connections take theirs, so that a server
    which is down for a moment finds its port free again.
    """
    for _ in range(1000):
        port = random.randrange(20000, 32000)
        if port not in _ports and _can_bind(port):
            _ports.add(port)
            return port
    raise RuntimeError("no free port between 20000 and 32000")


def _can_bind(port: int) -> bool:
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def fetch_mongod(version: str | None) -> str:
    """The path of a real mongod, by scripts/fetch-mongod, which explains itself on stderr."""
    script = Path(__file__).resolve().parents[2] / "scripts" / "fetch-mongod"
    argv = [sys.executable, str(script), *([version] if version else [])]
    found = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if found.returncode != 0:
        raise RuntimeError(found.stderr.strip())
    return found.stdout.strip()


def plain_environment(home: str | os.PathLike | None = None) -> dict[str, str]:
    """An environment in which no habit of the developer's shell changes what a program prints."""
    kept = {name: value for name, value in os.environ.items()
            if name in ("PATH", "TMPDIR", "LD_LIBRARY_PATH") or name.endswith("SAN_OPTIONS")}
    return kept | {"HOME": str(home or "/nonexistent"), "LANG": "C.UTF-8", "TZ": "UTC", "TERM": "dumb"}
