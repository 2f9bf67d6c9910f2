"""--since, --until, --no-follow and --limit: where a stream begins and ends."""

import datetime
import threading

import pytest
from bson import Timestamp
from pymongo import WriteConcern
from pymongo.database import Database
from support import ReplicaSet
from support.oplog import Oplog, after, parse_all, places, text_of


def numbers(run) -> list[int]:
    return [op["o"]["_id"] for op in parse_all(run.lines)]


@pytest.fixture
def stamps(db: Database, oplog: Oplog) -> list[Timestamp]:
    """The timestamps of five inserts of 0 to 4."""
    db.create_collection("c")
    for number in range(5):
        db.c.insert_one({"_id": number})
    return [entry["ts"] for entry in oplog.entries({"ns": f"{db.name}.c"})]


@pytest.fixture
def shown(mongotail, rs, db: Database):
    def run(*args: object, **options) -> list[int]:
        return numbers(mongotail.run(rs.uri, "--ns", f"{db.name}.c", "--op", "i", *args, **options).ok())

    return run


# ---- The forms of TIME


@pytest.mark.parametrize("form", [
    "{t}:{i}", "Timestamp({t}, {i})", "Timestamp({t},{i})", "Timestamp({{t: {t}, i: {i}}})",
    '{{"$timestamp":{{"t":{t},"i":{i}}}}}', '{{"$timestamp": {{"t": {t}, "i": {i}}}}}',
])
def test_since_an_entry_begins_with_that_entry(shown, stamps, form):
    for first, ts in enumerate(stamps):
        assert shown("--since", form.format(t=ts.time, i=ts.inc), "--no-follow") == list(range(first, 5))
    behind = after(stamps[-1])
    assert shown("--since", form.format(t=behind.time, i=behind.inc), "--no-follow") == []


@pytest.fixture
def two_seconds(db: Database, oplog: Oplog) -> int:
    """Inserts of 0, 1, … until the oplog's clock has moved on by two seconds; gives the middle one."""
    db.create_collection("c")
    first = oplog.newest().time
    number = 0
    while oplog.newest().time < first + 2:
        db.c.insert_one({"_id": number})
        number += 1
    return first + 1


def in_zone(second: int, hours: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(second, datetime.timezone(datetime.timedelta(hours=hours)))


def test_since_a_second_begins_with_its_first_entry_in_every_form(shown, db: Database, oplog: Oplog, two_seconds: int):
    expected = [entry["o"]["_id"] for entry in oplog.entries({"ns": f"{db.name}.c", "ts": {"$gte": Timestamp(two_seconds, 0)}})]
    assert expected and expected[0] > 0
    utc, tokyo = in_zone(two_seconds, 0), in_zone(two_seconds, 9)
    forms = [str(two_seconds), f"{utc:%Y-%m-%dT%H:%M:%SZ}", f"{utc:%Y-%m-%dT%H:%M:%S.000Z}", f"{utc:%Y-%m-%d %H:%M:%S}",
             f"{utc:%Y-%m-%d %H:%M:%S.000}", f"{tokyo:%Y-%m-%dT%H:%M:%S}+09:00"]
    for form in forms:
        assert shown("--since", form, "--no-follow") == expected, form
    assert shown("--since", f"{tokyo:%Y-%m-%d %H:%M:%S}", "--no-follow", env={"TZ": "Asia/Tokyo"}) == expected


def test_since_a_while_ago_counts_back_from_the_newest_entry(shown, db: Database, oplog: Oplog, two_seconds: int):
    """To a whole second; by the server's time, not this machine's."""
    first = Timestamp(oplog.newest().time - 1, 0)
    expected = [entry["o"]["_id"] for entry in oplog.entries({"ns": f"{db.name}.c", "ts": {"$gte": first}})]
    for args in (["--since", "1s"], ["--since", "-1s"], ["--since=-1s"], ["-S", "-1s"], ["-S1s"]):
        got = shown(*args, "--no-follow")
        # The set itself may write a no-op between the two readings.
        assert expected[-len(got):] == got and got, args
    for form in ("5m", "1h", "2d", "1w"):
        assert shown("--since", form, "--no-follow")[0] == 0, form


@pytest.mark.parametrize("form", ["oldest", "today", "yesterday", "1980-01-01", "Timestamp(0, 0)"])
def test_since_long_ago_begins_with_the_oldest_entry(mongotail, rs, db: Database, oplog: Oplog, stamps, shown, form):
    """This oplog's oldest entry is the set's very first, so that nothing is missing."""
    if form == "today" and datetime.datetime.now(datetime.timezone.utc).hour == 0:
        pytest.skip("the set may be older than the day")
    assert shown("--since", form, "--no-follow") == [0, 1, 2, 3, 4]


def test_since_now_is_right_behind_the_newest_entry(shown, stamps):
    assert shown("--no-follow") == []
    assert shown("--since", "now", "--no-follow") == []


def test_a_start_in_the_future_waits_for_it(mongotail, rs, db: Database, oplog: Oplog, stamps):
    second = oplog.newest().time + 2
    with mongotail.tail(rs.uri, "--ns", f"{db.name}.c", "--since", second, "--limit", 1) as tail:
        tail.wait_following()
        number = 5
        while tail.alive and number < 20_000:
            db.c.insert_one({"_id": number})
            number += 1
        (op,) = parse_all(tail.ended(0).lines)
    stored = oplog.entries({"ns": f"{db.name}.c", "ts": {"$gte": Timestamp(second, 0)}})
    assert op == stored[0]


# ---- Windows


def test_until_is_exclusive_so_that_windows_chain(shown, stamps):
    bounds = [*map(text_of, stamps), text_of(after(stamps[-1]))]
    for i in range(6):
        for j in range(i + 1, 6):
            assert shown("--since", bounds[i], "--until", bounds[j], timeout=30) == list(range(i, j))


def test_windows_over_a_busy_oplog_give_each_entry_once(mongotail, rs, db: Database, oplog: Oplog, stamps):
    for number in range(5, 200):
        db.get_collection("c", write_concern=WriteConcern(1)).insert_one({"_id": number})
    db.c.insert_one({"_id": 200})
    stored = [entry["ts"] for entry in oplog.entries({"ns": f"{db.name}.c"})]
    bounds = [text_of(stored[i]) for i in (0, 1, 50, 51, 120, 199)] + [text_of(after(stored[-1]))]
    got = []
    for since, until in zip(bounds, bounds[1:]):
        run = mongotail.run(rs.uri, "--ns", f"{db.name}.c", "--since", since, "--until", until).ok()
        got += [op["ts"] for op in parse_all(run.lines)]
    assert got == stored


def test_until_ends_on_an_idle_set_once_its_newest_entry_is_past_it(mongotail, rs, db: Database, oplog: Oplog, stamps):
    """What passes it need not match."""
    newest = oplog.newest()
    until = Timestamp(newest.time + 1, 0)
    with mongotail.tail(rs.uri, "--ns", f"{db.name}.c", "--since", text_of(stamps[0]), "--until", text_of(until)) as tail:
        tail.wait_lines(5)
        while oplog.newest() < until:
            rs.client().admin.command("appendOplogNote", 1, data={"x": 1})
        tail.ended(0)
    assert numbers(tail) == [0, 1, 2, 3, 4]


def test_until_with_entries_behind_it_ends_at_once(shown, stamps):
    assert shown("--since", text_of(stamps[0]), "--until", text_of(stamps[3])) == [0, 1, 2]


def test_until_in_the_past_with_the_start_at_now_is_a_usage_error(mongotail, rs, stamps):
    for since in ([], ["--since", "now"]):
        run = mongotail.run(rs.uri, *since, "--until", text_of(stamps[2]), timeout=20)
        run.ended(2, "(now)", "--since oldest")


# ---- How long


def test_no_follow_ends_at_the_end_as_it_was_at_the_start(mongotail, rs, db: Database, oplog: Oplog, stamps):
    """Else it would never end, for the writer never does."""
    stop = threading.Event()

    def write_on() -> None:
        number = 5
        while not stop.is_set():
            db.get_collection("c", write_concern=WriteConcern(1)).insert_one({"_id": number})
            number += 1

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        runs = [mongotail.run(rs.uri, "--ns", f"{db.name}.c", "--since", text_of(stamps[0]), "--no-follow").ok()
                for _ in range(3)]
    finally:
        stop.set()
        writer.join()
    stored = places(oplog.of(db.name, stamps[0]))
    for run in runs:
        printed = places(parse_all(run.lines))
        assert len(printed) >= 5 and printed == stored[:len(printed)]


@pytest.mark.parametrize("limit", [0, 1, 3, 5])
def test_limit_ends_it_after_n(shown, stamps, limit):
    assert shown("--since", text_of(stamps[0]), "--limit", limit) == list(range(limit))


def test_a_limit_that_is_not_reached_follows(mongotail, rs, db: Database, stamps):
    with mongotail.tail(rs.uri, "--ns", f"{db.name}.c", "--since", text_of(stamps[0]), "--limit", 6) as tail:
        tail.wait_lines(5)
        assert tail.alive
        db.c.insert_one({"_id": 5})
        assert numbers(tail.ended(0)) == [0, 1, 2, 3, 4, 5]


def test_two_at_once_print_the_same(mongotail, rs, db: Database, stamps):
    args = (rs.uri, "--ns", f"{db.name}.c", "--limit", 3)
    with mongotail.tail(*args) as one, mongotail.tail(*args) as other:
        one.wait_following()
        other.wait_following()
        for number in range(5, 8):
            db.c.insert_one({"_id": number})
        assert one.ended(0).stdout == other.ended(0).stdout
        assert numbers(one) == [5, 6, 7]


def test_a_young_set_has_no_gap_before_its_first_entry(mongotail, server_version):
    with ReplicaSet(1, server_version) as young:
        young.client(w="majority").x.c.insert_one({"_id": 1})
        run = mongotail.run(young.uri, "--since", "1000000000:1", "--ns", "x.c", "--op", "i", "--no-follow").ok()
        assert numbers(run) == [1]
        first = mongotail.run(young.uri, "--since", "oldest", "--op", "n", "--limit", 1).ok().json()[0]
        assert first["o"] == {"msg": "initiating set"}


@pytest.mark.parametrize("window", [["--until", "1m"], ["--until", "now"], ["--since", "now", "--until", "2020-01-01"],
                                    ["--since", "2100-01-01", "--until", "1m"]])
def test_a_window_in_which_nothing_can_be_is_a_usage_error(mongotail, rs, window):
    mongotail.run(rs.uri, *window, timeout=20).ended(2, "--until", "--since")
