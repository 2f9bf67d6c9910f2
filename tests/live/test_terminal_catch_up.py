"""Catching up with a server while a person watches."""

import re
import time
from collections.abc import Iterator

import pytest
from pymongo.database import Database
from support import ReplicaSet, Tmux, wait_until
from support.oplog import Oplog
from support.tcp_proxy import TcpProxy

PROGRESS = r"(?m:^)catching up   \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ"


@pytest.fixture
def slow(rs) -> Iterator[TcpProxy]:
    """Passes data on piece by piece until the test has seen enough."""
    with TcpProxy(rs.primary.port) as proxy:
        yield proxy


@pytest.fixture
def window(mongotail) -> Iterator[Tmux]:
    with Tmux(mongotail.environment(), rows=24, columns=110) as tmux:
        tmux.type(f"PS1='$ '; mongotail() {{ {mongotail.command[0]} --utc --color never \"$@\"; }}; clear")
        tmux.wait_for(r"^\$ *\n*$")
        yield tmux


def lines_of(screen: str) -> list[str]:
    return [line for line in screen.splitlines() if line.strip()]


def write_much(db: Database) -> None:
    for first in range(0, 6000, 500):
        db.c.insert_many([{"_id": first + i, "text": "x" * 2000} for i in range(500)])


def start(window: Tmux, proxy: TcpProxy, db: Database, oplog: Oplog, *args: str) -> None:
    since = oplog.here()
    write_much(db)
    proxy.delay(0.1)
    window.type(f"mongotail -o short --ns {db.name}.c --since {since} '{proxy.uri}' {' '.join(args)}")


def test_the_progress_says_how_far_it_is_and_is_gone_when_live(window, slow, db: Database, oplog: Oplog):
    start(window, slow, db, oplog)
    screen = window.wait_for(rf"{PROGRESS}.* entries/s +\d+\.\d MB/s")
    assert re.search(PROGRESS, lines_of(screen)[-1]), screen
    slow.delay(0)
    screen = window.wait_for(r"insert +\S+ +5999\b")
    window.wait_until(lambda screen: "catching up" not in screen, "no progress")
    db.c.delete_one({"_id": 5999})
    screen = window.wait_for(r"delete +\S+ +5999\b")
    assert "catching up" not in screen and " 5999" in lines_of(screen)[-1]
    window.keys("C-c")
    screen = window.wait_for(r"\n\$\n*$")
    assert re.search(r"delete +\S+ +5999\b", lines_of(screen)[-2]) or lines_of(screen)[-2] == "^C", screen


def test_a_filter_that_lets_nothing_through_catches_up_too(window, slow, db: Database, oplog: Oplog):
    start(window, slow, db, oplog, "--op", "d", "--summary", "--read-concern", "majority")
    window.wait_for("nothing yet")
    slow.delay(0)
    window.wait_until(lambda screen: "catching up" not in screen, "no progress")
    db.c.delete_one({"_id": 1})
    screen = window.wait_for(r"(?m)^\S+ +delete +1 ")
    assert "catching up" not in screen
    window.keys("C-c")
    window.wait_for(r"\n\$\n*$")


def test_a_live_summary_counts_on_while_it_is_looked_at(window, rs, db: Database):
    db.create_collection("c")
    window.type(f"mongotail --summary --ns {db.name}.c '{rs.uri}'")
    window.wait_for("nothing yet")
    for number in (1, 2, 3):
        db.c.insert_one({"_id": number})
        screen = window.wait_for(rf"(?m)^\S+ +insert +{number} ")
        assert screen.count("namespace ") == 1 and "last 10 s" in screen
    window.wait_for(r"(?m)^total .*\n.* a second; in the last 10 s [\d.]+ operations and ")
    window.keys("C-c")
    screen = window.wait_for(r"\n\$\n*$")
    assert re.search(r"(?m)^total +3 ", screen) and screen.count("namespace ") == 1


@pytest.mark.parametrize("flags", ["", "--op i"], ids=["all", "a part"])
def test_a_burst_counts_by_its_bytes_and_not_by_its_time(window, server_version, flags):
    """All that is large is in the first second or two, and many quiet ones follow."""
    if flags and server_version and server_version.startswith("4.2"):
        pytest.skip("4.2 has no $bsonSize")
    with ReplicaSet(1, server_version) as own, own.client(w="majority") as client:
        oplog = Oplog(client)
        write_much(client.burst)
        burst = oplog.newest().time

        def quiet_for_long() -> bool:
            client.burst.quiet.insert_one({})
            return oplog.newest().time > burst + 10

        wait_until(quiet_for_long, "ten quiet seconds", timeout=30, interval=0.5)
        with TcpProxy(own.primary.port) as proxy:
            proxy.delay(0.05)
            window.type(f"mongotail -o short --since oldest {flags} '{proxy.uri}' > /dev/null")
            screen = window.wait_for(r"catching up.* [3-9]\d%")
            second = re.search(r"catching up +\S+ (\d\d:\d\d:\d\d)", screen)[1]
            assert second <= time.strftime("%H:%M:%S", time.gmtime(burst + 1)), screen
            window.keys("C-c")
