"""What docs/streams.md says about feeding a queue, done with a real one."""

import contextlib
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import bson
import pytest
from bson import Binary, Int64, Timestamp
from support import examples, processes
from support.cli import ROOT
from support.saved import append, entry, write

AWKWARD = ["plain", 'a "quoted" \\ word', "two\nlines\r\n", "\x7f \x01 \x85 \u202e", "'single'", "Zürich 東京 🙂", "x" * 100_000]


@pytest.fixture(scope="module")
def redis() -> Iterator[list[str]]:
    """redis-cli and where its server is."""
    if not shutil.which("redis-server"):
        pytest.skip("there is no redis-server")
    folder = processes.temp_folder("redis")
    socket = folder / "socket"
    server = processes.spawn(["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)],
                             stdout=subprocess.DEVNULL)
    client = ["redis-cli", "-s", str(socket)]
    deadline = time.monotonic() + 15
    while subprocess.run([*client, "ping"], capture_output=True).stdout != b"PONG\n":
        assert server.poll() is None and time.monotonic() < deadline, "redis-server did not start"
        time.sleep(0.02)
    yield client
    processes.end(server, 5)
    processes.remove_folder(folder)


def the_page_says(title: str) -> str:
    """The command below that comment, for a shell."""
    return re.search(rf"(?m)^# {title}.*\n((?:.+\n)+)", (ROOT / "docs" / "streams.md").read_text())[1]


def command_of(mongotail, redis, title: str) -> str:
    """The page's command, for a saved oplog instead of a server."""
    command = the_page_says(title).replace("mongodb://db1", "--file oplog.bson")
    tools = {"mongotail": mongotail.command[0], "redis-cli": " ".join(redis)}
    for name, path in tools.items():
        command = re.sub(rf"(?<!-){name}(?= )", path, command)
    return command


@pytest.fixture
def feed(mongotail, redis, tmp_path) -> Callable[[], None]:
    subprocess.run([*redis, "DEL", "orders"], check=True, capture_output=True)
    command = command_of(mongotail, redis, "Redis Streams")

    def run() -> None:
        subprocess.run(["sh", "-c", command], cwd=tmp_path, env=mongotail.environment(), check=True)

    return run


def messages(redis: list[str]) -> list[bytes]:
    """The one field's values, in the stream's order."""
    replies = subprocess.run([*redis, "--raw", "XRANGE", "orders", "-", "+"], capture_output=True, check=True).stdout
    return replies.split(b"\n")[2::3]


def test_a_redis_stream_gets_each_line_byte_for_byte_and_once(mongotail, redis, feed, tmp_path):
    file: Path = write(tmp_path / "oplog.bson", *[entry(1 + i, _id=text) for i, text in enumerate(AWKWARD)])
    append(file, entry(50, ns="shop.carts", _id="not asked for"))
    feed()
    append(file, entry(60, _id="later"), entry(61, _id="last"))
    feed()
    lines = mongotail.run("--with-cursor", "--ns", "shop.orders", "--file", str(file)).ok().raw.split(b"\n")[:-1]
    assert len(lines) == len(AWKWARD) + 2
    assert messages(redis) == lines


def children(of: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{of}/task/{of}/children").read_text().split()]


def run_with_kills(argv: list[str], longest: float = 0.25, **options) -> int:
    """Runs it until it ends by itself; before, all of it or one of its programs is killed at random moments. How often."""
    moments = random.Random(7)
    killed = 0
    while True:
        process = subprocess.Popen(argv, start_new_session=True, **options)
        try:
            # Ever later, so that also a busy machine gets somewhere.
            assert process.wait(moments.uniform(0.02, longest) * (1 + killed / 4)) == 0
            print(f"{killed} kills")
            return killed
        except subprocess.TimeoutExpired:
            victims = children(process.pid)
            if victims and moments.random() < 0.5:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(moments.choice(victims), signal.SIGKILL)
            else:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)
            killed += 1


def long_oplog(path: Path, count: int) -> Path:
    """With awkward text, and with transactions."""
    entries = [entry(1 + i, _id=f"{i} {AWKWARD[i % 6]}") for i in range(count)]
    for i in range(0, count, 10):
        operations = [{"op": "i", "ns": "shop.orders", "o": {"_id": f"{i} of {n} in a transaction"}} for n in range(5)]
        entries[i] = bson.encode({**bson.decode(entries[i]), "op": "c", "ns": "admin.$cmd", "o": {"applyOps": operations},
                                  "txnNumber": Int64(i), "lsid": {"id": Binary(bytes(16), 4)},
                                  "prevOpTime": {"ts": Timestamp(0, 0), "t": Int64(-1)}})
    return write(path, *entries)


def test_a_redis_stream_loses_and_repeats_nothing_when_anything_is_killed(mongotail, redis, feed, tmp_path):
    file = long_oplog(tmp_path / "oplog.bson", 20_000)
    command = command_of(mongotail, redis, "Redis Streams")
    assert run_with_kills(["sh", "-c", command], cwd=tmp_path, env=mongotail.environment(), stderr=subprocess.DEVNULL) >= 3
    lines = mongotail.run("--with-cursor", "--ns", "shop.orders", "--file", str(file)).ok().raw.split(b"\n")[:-1]
    assert len(lines) == 20_000 - 2_000 + 5 * 2_000
    assert messages(redis) == lines


def test_a_sqlite_table_loses_and_repeats_nothing_when_anything_is_killed(mongotail, tmp_path):
    file = long_oplog(tmp_path / "oplog.bson", 600)
    script = examples.blocks("python")[0].replace('"mongodb://db1"', '"--file", "oplog.bson"')
    script = script.replace('"mongotail"', repr(mongotail.command[0]))
    assert run_with_kills([sys.executable, "-c", script], 0.05, cwd=tmp_path, env=mongotail.environment(), stderr=subprocess.DEVNULL) >= 3
    lines = mongotail.run("-o", "event", "--ns", "shop.orders", "--file", str(file)).ok().stdout.splitlines(keepends=True)
    with sqlite3.connect(tmp_path / "orders.db") as db:
        stored = [event for event, in db.execute("SELECT event FROM changes ORDER BY rowid")]
        cursor, = db.execute("SELECT cursor FROM position").fetchone()
    assert len(lines) == 600 - 60 + 5 * 60
    assert stored == lines
    assert f'"cursor":"{cursor}"' in lines[-1]
