"""`mongotail serve`: queries that take long, and everybody else."""

import json
from contextlib import ExitStack

import pytest
from support import Mongotail, ReplicaSet
from support.serve import Server

ENDLESS = '{"o.text": {"$regex": "(?i)LOREM.*IPSUM.*DOLOR|q%d"}}'
WORDS = "lorem ipsum " * 20_000


@pytest.fixture(scope="module")
def server(rs: ReplicaSet, tmp_path_factory: pytest.TempPathFactory):
    with Server(Mongotail(home=tmp_path_factory.mktemp("home")), rs.uri) as server:
        yield server


def test_nobody_waits_for_queries_without_end_and_their_streams_end_naming_them(server, db):
    with ExitStack() as streams:
        endless = [streams.enter_context(server.subscribe(ns=f"{db.name}.*", query=ENDLESS % i)) for i in range(6)]
        with server.subscribe(ns=f"{db.name}.*", op="i") as plain, \
                server.subscribe(ns=f"{db.name}.*", query='{"o.n": {"$gt": 0}}') as quick:
            db.texts.insert_one({"_id": 0, "text": WORDS})
            db.texts.insert_many([{"_id": i, "n": i} for i in range(1, 100)])
            assert [entry["o"]["_id"] for entry in plain.wait_json(100)] == list(range(100))
            assert [entry["o"]["_id"] for entry in quick.wait_json(99)] == list(range(1, 100))
            assert not any(stream.ended for stream in endless)
        for i, stream in enumerate(endless):
            [end] = [json.loads(line)["mongotail"] for line in stream.wait_end(60)]
            assert end["end"] == "failed"
            assert f"LOREM.*IPSUM.*DOLOR|q{i}" in end["error"] and f"{db.name}.texts" in end["error"]
            assert end["cursor"]


def test_a_query_that_takes_long_on_one_entry_gets_all_that_it_selects(server, db):
    wanted = '{"o.text": {"$regex": "(?i)IPSUM.*DOLOR$"}}'
    with server.subscribe(ns=f"{db.name}.*", query=wanted) as stream:
        for i in range(0, 12, 4):
            db.texts.insert_many([{"_id": i, "text": "ipsum dolor"}, {"_id": i + 1, "text": WORDS * 3},
                                  {"_id": i + 2, "text": WORDS * 3 + "Dolor"}, {"_id": i + 3, "text": "dolor"}])
        found = [entry["o"]["_id"] for entry in stream.wait_json(6, timeout=60)]
    assert found == [0, 2, 4, 6, 8, 10]


def test_a_client_is_told_which_query_took_too_long(server, mongotail, db):
    with mongotail.tail("--connect", server.address, "--ns", f"{db.name}.*", "-q", ENDLESS % 7) as tail:
        tail.wait_following()
        db.texts.insert_one({"_id": 0, "text": WORDS})
        run = tail.ended(1, timeout=60)
    assert "LOREM.*IPSUM.*DOLOR|q7" in run.stderr
