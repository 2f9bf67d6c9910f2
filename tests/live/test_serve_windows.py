"""A window is the same to a subscriber, to --connect and to a run of one's own, whole seconds too."""

import datetime
import json
import random

import pytest
from pymongo.database import Database
from support import Mongotail, wait_until
from support.oplog import Oplog, text_of
from support.seed import seed
from support.serve import Server

WINDOWS = 20


@pytest.fixture(scope="module")
def server(rs, tmp_path_factory):
    with Server(Mongotail(home=tmp_path_factory.mktemp("home")), rs.uri) as server:
        yield server


@pytest.fixture
def stamps(db: Database, oplog: Oplog) -> list:
    """Of inserts over four seconds, a few in each."""
    first = oplog.newest().time

    def later() -> bool:
        db.things.insert_many([{}, {}])
        return oplog.newest().time >= first + 4

    wait_until(later, lambda: "four seconds of writes", timeout=30, interval=0.15)
    return [entry["ts"] for entry in oplog.entries({"ns": f"{db.name}.things", "op": "i"})]


def forms(second: int) -> list[str]:
    at = datetime.datetime.fromtimestamp(second, datetime.timezone.utc)
    return [str(second), at.strftime("%Y-%m-%dT%H:%M:%SZ"), f"{second}:0"]


def assert_alike(mongotail, rs, server, ns: str, since: str, until: str) -> int:
    window = ["--ns", ns, "--op", "i", "--since", since, "--until", until]
    own = mongotail.run(*window, rs.uri, timeout=30).ok()
    through = mongotail.run(*window, "--connect", server.address, timeout=30).ok()
    with server.subscribe(ns=ns, op="i", since=since, until=until) as subscriber:
        lines = subscriber.wait_end()
    assert through.raw == own.raw, window
    assert [line.rstrip("\n") for line in lines if "mongotail" not in json.loads(line)] == own.lines, window
    return len(own.lines)


def test_a_window_that_ends_at_a_whole_second_has_all_of_the_second_before(mongotail, rs, server, db, stamps):
    for second in sorted({ts.time for ts in stamps})[1:]:
        expected = sum(ts.time < second for ts in stamps)
        for until in forms(second):
            assert assert_alike(mongotail, rs, server, f"{db.name}.things", "oldest", until) == expected, until


@pytest.mark.parametrize("parameters, says", [
    ("since=2026", "1980"), ("since=22:0", "22:0"), ("until=20261126", "1980"), ("since=1m&until=2m", "until"),
    ("until=1m", "now"), ("until=1600000000:1", "now"), (f"since={1_700_000_000 << 32}", "1700000000:0"),
])
def test_a_time_or_window_that_is_refused_is_refused_to_a_subscriber(server, parameters, says):
    status, error = server.refusal(f"/tail?{parameters}")
    assert status == 400 and says in json.dumps(error), error


def test_a_time_of_day_is_todays_to_a_subscriber(mongotail, rs, server, db, stamps):
    midnight = assert_alike(mongotail, rs, server, f"{db.name}.things", "today", "now")
    assert midnight == assert_alike(mongotail, rs, server, f"{db.name}.things", "0:00", "now") > 0


def test_random_windows_are_the_same_whoever_reads_them(mongotail, rs, server, db, stamps):
    chance = random.Random(seed())
    ends = [text_of(ts) for ts in stamps] + [form for ts in stamps for form in forms(ts.time)]
    printed = 0
    for _ in range(WINDOWS):
        since = chance.choice(["oldest", "1h", str(stamps[0].time), text_of(chance.choice(stamps[:4]))])
        until = chance.choice(ends[5:])
        if since[0].isdigit() and int(stamps[3].time) + 1 >= int(datetime_of(until)):
            continue
        printed += assert_alike(mongotail, rs, server, f"{db.name}.things", since, until)
    assert printed > 0


def datetime_of(text: str) -> int:
    """The second of one of the forms above."""
    if "T" in text:
        return int(datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").timestamp())
    return int(text.partition(":")[0])
