"""How it ends: by a signal, idle or busy, by a reader that goes away, by a stdout that takes no more."""

import array
import fcntl
import json
import os
import re
import select
import signal
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo.database import Database
from support import Mongotail, Tail, wait_until
from support.cli import program

BACKLOG = 20_000
LINE = 1000


@pytest.fixture(scope="module")
def backlog(client) -> Iterator[str]:
    """A namespace of 20,000 inserts: some 25 MB of lines."""
    name = f"backlog_{os.getpid()}"
    text = "x" * LINE
    for begin in range(0, BACKLOG, 5000):
        client[name].c.insert_many([{"_id": number, "text": text} for number in range(begin, begin + 5000)])
    yield f"{name}.c"
    client.drop_database(name)


def measure(tail: Tail, number: int, record_property) -> None:
    seconds = tail.end_by(number)
    record_property("ms_until_the_end", round(seconds * 1000))
    print(f"{signal.Signals(number).name}: ended after {seconds * 1000:.0f} ms")
    tail.ended(-number)
    assert seconds < 1, f"the contract is 200 ms, and a loaded machine gets 1 s\n{tail}"


signals = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


def trouble(stderr: str) -> list[str]:
    """The lines that say more than what -v always says."""
    usual = r"following |mongotail: (\S+ is MongoDB |the server filters by |\d+ entries came from the server, )"
    return [line for line in stderr.splitlines() if not re.match(usual, line)]


@signals
def test_a_signal_ends_it_while_idle(mongotail, rs, db: Database, number, record_property):
    db.create_collection("c")
    with mongotail.tail(rs.uri, "--ns", f"{db.name}.c") as tail:
        tail.wait_following()
        db.c.insert_one({"_id": 1})
        tail.wait_lines(1)
        measure(tail, number, record_property)
        assert tail.stdout == "".join(tail.lines) and len(tail.lines) == 1
        assert not trouble(tail.stderr), tail


@signals
def test_a_signal_ends_it_while_busy_after_a_whole_line(mongotail, rs, backlog, number, record_property):
    with mongotail.tail(rs.uri, "--since", "oldest", "--ns", backlog) as tail:
        tail.wait_for(lambda tail: tail.raw, "some output")
        measure(tail, number, record_property)
        lines = tail.raw.split(b"\n")
        assert lines.pop() == b"", "it ended inside of a line"
        ids = [op["o"]["_id"] for op in map(json.loads, lines) if op["op"] == "i"]
        assert ids == list(range(len(ids)))


@signals
def test_a_signal_ends_it_while_nobody_reads_its_pipe(mongotail, rs, backlog, number, record_property):
    read, write = os.pipe()
    try:
        with mongotail.tail(rs.uri, "--since", "oldest", "--ns", backlog, stdout=write) as tail:
            os.close(write)
            wait_until(lambda: waits_for_a_reader(tail.pid, read), "a full pipe")
            measure(tail, number, record_property)
    finally:
        os.close(read)


def waits_for_a_reader(pid: int, pipe: int) -> bool:
    """Whether the pipe is full: nothing more comes for a while."""
    before = bytes_in(pipe)
    select.select([], [], [], 0.1)
    return before > 0 and bytes_in(pipe) == before


def bytes_in(pipe: int) -> int:
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def test_a_slow_reader_gets_whole_lines_up_to_the_end(mongotail, rs, backlog):
    """It takes what is there after the signal."""
    read, write = os.pipe()
    with mongotail.tail(rs.uri, "--since", "oldest", "--ns", backlog, stdout=write) as tail, os.fdopen(read, "rb", 0) as pipe:
        os.close(write)
        wait_until(lambda: waits_for_a_reader(tail.pid, read), "a full pipe")
        tail.interrupt()
        data = b"".join(iter(lambda: pipe.read(4096), b""))
        tail.ended(-signal.SIGINT)
    assert data.endswith(b"}\n")
    assert all(json.loads(line) for line in data.splitlines())


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_shell_sees_the_signal_in_the_status(mongotail, rs, number, status):
    shell = Mongotail(["sh", "-c", '"$@"; exit $?', "sh", program()])
    with shell.tail(rs.uri) as tail:
        tail.wait_following()
        child = int(Path(f"/proc/{tail.pid}/task/{tail.pid}/children").read_text().split()[0])
        os.kill(child, number)
        tail.ended(status)


def test_a_second_signal_while_it_ends_changes_nothing(mongotail, rs):
    with mongotail.tail(rs.uri) as tail:
        tail.wait_following()
        tail.interrupt()
        tail.interrupt()
        tail.ended(-signal.SIGINT)


def test_a_hangup_ends_it(mongotail, rs):
    with mongotail.tail(rs.uri) as tail:
        tail.wait_following()
        tail.send_signal(signal.SIGHUP)
        tail.ended(-signal.SIGHUP)


def shared_memory_of(pid: int) -> list[str]:
    """What the driver keeps of its own in /dev/shm while it runs."""
    return [name for name in os.listdir("/dev/shm") if name.endswith(f"-{pid}")]


@pytest.mark.parametrize("how", ["limit", "SIGINT", "SIGTERM", "reader gone", "failure"])
def test_nothing_is_left_in_shared_memory(mongotail, rs, backlog, how):
    read, write = os.pipe()
    args = [rs.uri, "--ns", backlog, "--since", "oldest", *(["--limit", 1] if how == "limit" else [])]
    if how == "failure":
        args = ["mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200"]
    with mongotail.tail(*args, stdout=write) as tail, os.fdopen(read, "rb", 0) as pipe:
        os.close(write)
        if how != "failure":
            tail.wait_following()
            pipe.read(1)
        if how.startswith("SIG"):
            tail.send_signal(signal.Signals[how])
        if how == "reader gone":
            pipe.close()
        tail.wait_end()
        assert shared_memory_of(tail.pid) == []


# ---- Where stdout leads


def test_a_reader_that_goes_away_ends_it_while_idle(mongotail, rs, db: Database):
    """As in `mongotail | head -1`: no second entry is needed."""
    db.create_collection("c")
    with subprocess.Popen(["head", "-1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as head:
        with mongotail.tail(rs.uri, "--ns", f"{db.name}.c", stdout=head.stdin) as tail:
            head.stdin.close()
            tail.wait_following()
            db.c.insert_one({"_id": 1})
            tail.ended(0)
        assert json.loads(head.stdout.read())["o"] == {"_id": 1}
    assert not trouble(tail.stderr), tail


def test_a_reader_that_goes_away_ends_it_while_busy(mongotail, rs, backlog):
    with subprocess.Popen(["head", "-1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as head:
        with mongotail.tail(rs.uri, "--since", "oldest", "--ns", backlog, verbose=False, stdout=head.stdin) as tail:
            head.stdin.close()
            tail.ended(0)
        assert json.loads(head.stdout.read())["ns"].startswith("backlog")
    assert tail.stderr == "", tail


@pytest.mark.parametrize("follow", [[], ["--no-follow"]])
def test_a_full_disk_is_a_failure(mongotail, rs, backlog, follow):
    with open("/dev/full", "wb") as full:
        with mongotail.tail(rs.uri, "--since", "oldest", "--ns", backlog, *follow, verbose=False, stdout=full) as tail:
            tail.ended(1, "stdout", "No space left on device", "try: ")


def test_a_stdout_that_is_closed_is_a_failure(rs, backlog):
    """And nothing that it opens afterwards takes stdout's place: the server would read what is printed."""
    shell = Mongotail(["sh", "-c", '"$@" >&-', "sh", program()])
    shell.run(rs.uri, "--since", "oldest", "--ns", backlog, "--limit", 5).ended(1, "stdout", "try: ")


def test_a_stdin_that_is_closed_does_not_matter(rs, backlog):
    shell = Mongotail(["sh", "-c", '"$@" <&-', "sh", program()])
    assert len(shell.run(rs.uri, "--since", "oldest", "--ns", backlog, "--limit", 5).ok().lines) == 5


def test_a_line_is_there_as_soon_as_it_is_written(mongotail, rs, db: Database, record_property):
    """Each write waits for its own line, so nothing may be held back for more."""
    db.create_collection("c")
    times = []
    with mongotail.tail(rs.uri, "--ns", f"{db.name}.c", "--read-concern", "local") as tail:
        tail.wait_following()
        for number in range(50):
            db.c.insert_one({"_id": number})
            written = time.monotonic()
            tail.wait_lines(number + 1)
            times.append(time.monotonic() - written)
    median = sorted(times)[len(times) // 2]
    record_property("median_ms", round(median * 1000, 1))
    print(f"insert acknowledged to line read: median {median * 1000:.1f} ms, longest {max(times) * 1000:.1f} ms")
    assert median < 0.1
