"""--jobs: a filtered past that several cursors read is printed as over one, entry for entry."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from pymongo import MongoClient
from support import ReplicaSet
from support.oplog import Oplog, parse_all, text_of
from support.tail import Tail
from support.wait import wait_until

# A past that is shorter is read over one cursor.
SECONDS = 14
JOBS = (1, 2, 4)


@dataclass
class Filled:
    rs: ReplicaSet
    client: MongoClient
    begin: str
    end: str = ""
    ids: list[int] = field(default_factory=list)  # of app.rare, in order

    def write(self) -> None:
        """An entry and a transaction among many entries that are not wanted."""
        app = self.client.app
        app.much.insert_many([{"text": "x" * 100} for _ in range(50)])
        app.rare.insert_one({"_id": self._number(), "kind": "plain"})
        with self.client.start_session() as session, session.start_transaction():
            for _ in range(3):
                app.rare.insert_one({"_id": self._number(), "kind": "inside"}, session=session)
                app.much.insert_one({}, session=session)

    def _number(self) -> int:
        self.ids.append(len(self.ids))
        return self.ids[-1]


@pytest.fixture(scope="module")
def filled(server_version: str | None) -> Iterator[Filled]:
    with ReplicaSet(1, server_version) as rs, rs.client(w="majority") as client:
        oplog = Oplog(client)
        for name in ("rare", "much"):
            client.app.create_collection(name)
        filled = Filled(rs, client, oplog.here())
        first = oplog.newest().time

        def is_long() -> bool:
            filled.write()
            return oplog.newest().time - first >= SECONDS

        wait_until(is_long, f"{SECONDS} seconds of entries", timeout=60)
        oplog.settle()
        filled.end = text_of(oplog.newest())
        yield filled


def printed(mongotail, filled: Filled, jobs: int, *flags: object) -> list[str]:
    return mongotail.run(filled.rs.uri, "--since", filled.begin, "--no-follow", "--jobs", jobs, *flags).ok().lines


@pytest.mark.parametrize("flags", [
    ["--ns", "app.rare"], ["--ns", "app.much", "--op", "i"], ["-q", '{"o.kind": "inside"}'], ["--id", "7"], ["--ns", "app.nothing"],
    ["--ns", "app.rare", "--limit", "11"], ["--ns", "app.rare", "-n", "23"], ["--ns", "app.rare", "--raw"],
    ["--ns", "app.rare", "-o", "pretty"], ["--ns", "app.rare", "--read-concern", "local"], ["--ns", "app.rare", "--summary"],
], ids=" ".join)
def test_what_is_printed_does_not_depend_on_the_number_of_cursors(mongotail, filled: Filled, flags):
    over_one = printed(mongotail, filled, 1, *flags)
    for jobs in (2, 4):
        assert printed(mongotail, filled, jobs, *flags) == over_one


@pytest.mark.parametrize("jobs", JOBS)
def test_every_operation_is_printed_once_and_in_order(mongotail, filled: Filled, jobs):
    assert [op["o"]["_id"] for op in parse_all(printed(mongotail, filled, jobs, "--ns", "app.rare", "--op", "i"))] == filled.ids


@pytest.mark.parametrize("jobs", JOBS)
def test_a_run_resumes_where_the_limit_ended_the_one_before(mongotail, filled: Filled, tmp_path, jobs):
    chance = random.Random(jobs)
    seen: list[int] = []
    while True:
        run = mongotail.run(filled.rs.uri, "--since", filled.begin, "--until", filled.end, "--no-follow", "--ns", "app.rare",
                            "--op", "i", "--jobs", jobs, "--cursor-file", tmp_path / "cursor", "-o", "json",
                            "--limit", chance.randint(1, len(filled.ids) // 5)).ok()
        if not run.lines:
            break
        seen += [op["o"]["_id"] for op in parse_all(run.lines)]
    # The last entry may stand at the very end, which is exclusive.
    assert seen == filled.ids[:len(seen)] and len(filled.ids) - len(seen) <= 3


@pytest.mark.parametrize("jobs", JOBS)
def test_cursors_killed_in_between_cost_nothing(mongotail, filled: Filled, jobs):
    with follow(mongotail, filled, jobs) as tail:
        for _ in range(100):
            filled.client.admin.command("killAllSessions", [])
        tail.wait_lines(len(filled.ids), timeout=60)
        assert [op["o"]["_id"] for op in parse_all(tail.lines)] == filled.ids


@pytest.mark.parametrize("jobs", JOBS)
def test_the_live_tail_takes_over_without_a_gap(mongotail, filled: Filled, jobs):
    with follow(mongotail, filled, jobs) as tail:
        for _ in range(20):
            filled.write()
        tail.wait_lines(len(filled.ids), timeout=60)
        assert [op["o"]["_id"] for op in parse_all(tail.lines)] == filled.ids


def follow(mongotail, filled: Filled, jobs: int) -> Tail:
    return mongotail.tail(filled.rs.uri, "--since", filled.begin, "--ns", "app.rare", "--op", "i", "--jobs", jobs, "-o", "json")
