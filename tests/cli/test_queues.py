"""What the README says about feeding a queue, done with a real one."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import processes
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


def readme_says(title: str) -> str:
    """The command below that comment, for a shell."""
    return re.search(rf"(?m)^# {title}.*\n((?:.+\n)+)", (ROOT / "README.md").read_text())[1]


@pytest.fixture
def feed(mongotail, redis, tmp_path):
    """Runs the README's command on a saved oplog instead of a server."""
    command = readme_says("Redis Streams").replace("mongodb://db1", "--file oplog.bson")
    tools = {"mongotail": mongotail.command[0], "redis-cli": " ".join(redis)}
    for name, path in tools.items():
        command = re.sub(rf"(?<!-){name}(?= )", path, command)

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
    lines = mongotail.run("--ns", "shop.orders", "--file", str(file)).ok().raw.split(b"\n")[:-1]
    assert len(lines) == len(AWKWARD) + 2
    assert messages(redis) == lines
