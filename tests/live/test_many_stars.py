"""Patterns of many wildcards over names of the longest length: the server has a limit on the work of one match."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

import pytest
from pymongo import MongoClient
from support import ReplicaSet
from support.oplog import Oplog, after, parse_all, text_of
from support.proxy import RefusingProxy

STARS = [1, 2, 3, 4, 5, 6, 7, 8, 10, 14, 20, 30, 40]


def longest_names(longest: int) -> list[str]:
    """Collections of the database gz, of just that many bytes: what matches early, late and hardly."""
    room = longest - len("gz.")
    alternating = ("x-" * longest)[:room]
    chosen = random.Random(1)
    return [alternating, "-" * 45 + "x" + "-" * (room - 46), ("-a" * 45 + "-x-" + "-a" * room)[:room],
            "-" * room, "x" * room, "-" * (room - 4) + "-x-y", "gz-" + "a" * (room - 8) + "-x-yz",
            "é" * (room // 2 - 4) + "-x-x-x-yz"[-(8 + room % 2):],
            *("".join(chosen.choices("x-y", weights=[4, 5, 1], k=room)) for _ in range(6)), "short-x-y"]


def patterns(stars: int) -> list[str]:
    """Of that many stars each; those that end in a run no name has make a match try everything."""
    return ["gz.*" + "-*" * (stars - 1), "gz.*" + "-*" * (stars - 1) + "x", "gz.*" + "-*" * (stars - 1) + "-y",
            "gz.*" + "x-*" * (stars - 1) + "q", "gz.*" + "?*" * (stars - 1) + "z", "*z.*" + "x*" * (stars - 1) + "-x-y",
            "gz.*-" + "-*" * (stars - 1) + "x-?", "gz.*" + "-*" * (stars - 1) + "x-*"]


@dataclass
class Written:
    rs: ReplicaSet
    names: list[str]
    since: str


@pytest.fixture(scope="module")
def written(server_version: str | None) -> Iterator[Written]:
    with ReplicaSet(1, server_version) as rs:
        client: MongoClient = rs.client(w="majority")
        oplog = Oplog(client)
        longest = 120 if rs.primary.version < (4, 4) else 255
        names = longest_names(longest)
        assert {len(f"gz.{name}".encode()) for name in names[:-1]} == {longest}
        for name in names:
            client.gz.create_collection(name)
        since = text_of(after(oplog.newest()))
        for name in names:
            client.gz[name].insert_one({"_id": 1})
        with client.start_session() as session:
            for name in names:
                with session.start_transaction():
                    client.gz[name].insert_one({"_id": 2}, session=session)
        yield Written(rs, names, since)


def expected(names: list[str], wanted: list[str]) -> list[str]:
    selected = [f"gz.{name}" for name in names if any(fnmatchcase(f"gz.{name}", pattern) for pattern in wanted)]
    return selected * 2


def printed(run) -> list[str]:
    return [operation["ns"] for operation in parse_all(run.ok().lines)]


@pytest.mark.parametrize("stars", STARS)
def test_a_pattern_of_many_stars_finds_all_that_it_names(mongotail, written: Written, stars: int) -> None:
    found = 0
    for pattern in patterns(stars):
        run = mongotail.run(written.rs.uri, "--since", written.since, "--no-follow", "--op", "i", "--ns", pattern)
        assert printed(run) == expected(written.names, [pattern]), pattern
        found += len(run.lines)
    assert found > 0


def test_as_many_patterns_together_find_all_that_they_name(mongotail, written: Written) -> None:
    """Also where the host takes one regular expression on `ns` at most, which then has to do for all."""
    together = [pattern for stars in STARS for pattern in patterns(stars) if not pattern.endswith(("y", "x", "?"))]
    # The last of them alone finds something.
    hopeless = [pattern for pattern in together if not expected(written.names, [pattern])]
    assert len(hopeless) > 10
    wanted = [*hopeless, "gz.*" + "-*" * 39 + "-y", "gz.*-*-*-*-*-x-*"]
    args = ["--since", written.since, "--no-follow", "--op", "i", *(word for one in wanted for word in ("--ns", one))]
    assert printed(mongotail.run(written.rs.uri, *args)) == expected(written.names, wanted) != []
    with RefusingProxy(written.rs.primary.port, lambda filter: "$or" in filter) as proxy:
        assert printed(mongotail.run(proxy.uri, *args)) == expected(written.names, wanted)
        assert proxy.refused and proxy.passed
