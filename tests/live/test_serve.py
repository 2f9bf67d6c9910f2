"""`mongotail serve`: what its subscribers get."""

import json
import threading
from contextlib import ExitStack

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from support import Mongotail, ReplicaSet
from support.serve import Server


@pytest.fixture(scope="module")
def server(rs: ReplicaSet, tmp_path_factory: pytest.TempPathFactory):
    with Server(Mongotail(home=tmp_path_factory.mktemp("home")), rs.uri) as server:
        yield server


def printed(mongotail: Mongotail, rs: ReplicaSet, *args) -> list[str]:
    """What the command line prints of the same."""
    return [line + "\n" for line in
            mongotail.run(rs.uri, "--since", "oldest", "--no-follow", "-o", "json", *args, timeout=60).ok().lines]


def test_lines_are_byte_for_byte_those_of_the_command_line(server, mongotail, rs, db):
    with server.subscribe(ns=f"{db.name}.*") as subscriber:
        db.things.insert_many([{"_id": i, "text": "ä\n\"", "f": 1.5, "n": None} for i in range(20)])
        db.things.update_one({"_id": 3}, {"$set": {"f": 2.0}})
        db.things.delete_one({"_id": 4})
        db.things.drop()
        lines = subscriber.wait_lines(24)
    assert lines == printed(mongotail, rs, "--ns", db.name)
    assert subscriber.response.headers["Content-Type"] == "application/x-ndjson"


def test_transactions_are_unwrapped(server, mongotail, rs, db):
    db.create_collection("orders")
    with server.subscribe(ns=f"{db.name}.orders", op="i") as subscriber:
        with db.client.start_session() as session, session.start_transaction():
            for i in range(3):
                db.orders.insert_one({"_id": i}, session=session)
        lines = subscriber.wait_json(3)
    assert [line["txnOpIndex"] for line in lines] == [0, 1, 2]


@pytest.mark.parametrize("parameters, wanted", [
    ({"op": "d"}, [("d", 1)]),
    ({"op": "i,u", "id": "1"}, [("i", 1), ("u", 1)]),
    ({"id": '{"$numberLong":"2"}'}, [("i", 2)]),
    ({"query": '{"o.colour":"red"}'}, [("i", 2)]),
    ({"changed": "size"}, [("u", 1)]),
    ({"ns-exclude": "*.things"}, [("i", 9)]),
])
def test_the_command_lines_filters_select(server, db, parameters, wanted):
    names = {name.replace("-", "_"): value for name, value in parameters.items()}
    with server.subscribe(**{"ns": f"{db.name}.*", **names}) as subscriber:
        db.things.insert_one({"_id": 1})
        db.things.insert_one({"_id": 2.0, "colour": "red"})
        db.things.update_one({"_id": 1}, {"$set": {"size": 3}})
        db.things.delete_one({"_id": 1})
        db.others.insert_one({"_id": 9})
        got = subscriber.wait_documents(len(wanted))
    assert [(e["op"], (e.get("o2") or e["o"])["_id"]) for e in got] == wanted


def test_an_event_stream_has_the_cursor_as_id_and_resumes_from_it(server, db):
    with server.events(ns=f"{db.name}.things") as subscriber:
        db.things.insert_many([{"_id": i} for i in range(10)])
        events = subscriber.wait_events(11)
    inserts = [(cursor, json.loads(data)) for cursor, data in events if json.loads(data)["op"] == "i"]
    assert [entry["o"]["_id"] for _, entry in inserts] == list(range(10))
    assert subscriber.response.headers["Content-Type"] == "text/event-stream"
    with server.events(last_id=inserts[4][0], ns=f"{db.name}.things") as again:
        db.things.insert_one({"_id": 10})
        ids = [json.loads(data)["o"]["_id"] for _, data in again.wait_events(6)]
    assert ids == list(range(5, 11))


def test_a_cursor_inside_a_transaction_resumes_inside_it(server, db):
    db.create_collection("orders")
    with server.events(ns=f"{db.name}.orders", op="i") as subscriber:
        with db.client.start_session() as session, session.start_transaction():
            db.orders.insert_many([{"_id": i} for i in range(5)], session=session)
        events = subscriber.wait_events(5)
    assert "#2" in events[2][0] and "#" not in events[4][0]
    with server.subscribe(ns=f"{db.name}.orders", op="i", after_cursor=events[2][0]) as again:
        assert [entry["o"]["_id"] for entry in again.wait_json(2)] == [3, 4]


def test_a_cursor_inside_the_oplogs_last_transaction_is_good_at_a_new_server(server, mongotail, rs, db):
    db.create_collection("orders")
    with server.events(ns=f"{db.name}.orders", op="i") as subscriber:
        with db.client.start_session() as session, session.start_transaction():
            db.orders.insert_many([{"_id": i} for i in range(5)], session=session)
        cursor = subscriber.wait_events(3)[2][0]
    with Server(mongotail, rs.uri) as new, \
            new.subscribe(ns=f"{db.name}.orders", op="i", after_cursor=cursor) as again:
        again.wait_lines(2)
        db.orders.insert_one({"_id": 5})
        assert [entry["o"]["_id"] for entry in again.wait_json(3)] == [3, 4, 5]


def test_a_transaction_larger_than_the_ring_comes_whole_to_all(mongotail, rs, db):
    db.create_collection("orders")
    with Server(mongotail, rs.uri, "--ring-size", "64KiB") as server:
        flags = {"ns": f"{db.name}.orders", "op": "i"}
        with server.subscribe(**flags) as before, server.events(**flags) as events:
            with db.client.start_session() as session, session.start_transaction():
                db.orders.insert_many([{"_id": i, "pad": "x" * 1000} for i in range(2000)], session=session)
            with server.subscribe(**flags, since="1h") as past, \
                    server.subscribe(**flags, after_cursor=events.wait_events(700)[699][0]) as inside:
                wanted = printed(mongotail, rs, "--ns", f"{db.name}.orders", "--op", "i")
                db.orders.insert_one({"_id": 2000})
                for subscriber, first in ((before, 0), (past, 0), (inside, 700)):
                    lines = subscriber.wait_lines(2001 - first)
                    assert lines[:-1] == wanted[first:] and json.loads(lines[-1])["o"] == {"_id": 2000}
            assert [data for _, data in events.wait_events(2001)][:2000] == [line.rstrip("\n") for line in wanted]


def test_the_id_moves_on_while_nothing_matches(server, db):
    with server.events(ns=f"{db.name}.none") as subscriber:
        subscriber.wait_text("id: ")
        first = subscriber.text
        assert first.startswith("retry: ")
        cursor = subscriber.response.headers["Mongotail-Cursor"]
        assert f"id: {cursor}\n" in first


def test_a_limit_ends_the_stream_with_nothing_but_its_lines(server, db):
    with server.subscribe(ns=f"{db.name}.things", limit=2) as subscriber:
        db.things.insert_many([{"_id": i} for i in range(5)])
        lines = subscriber.wait_end()
    assert len(lines) == 2 and not subscriber.cut_off
    assert "mongotail" not in json.loads(lines[-1])


def test_since_oldest_and_no_follow_give_what_the_oplog_has(server, mongotail, rs, db):
    db.things.insert_many([{"_id": i} for i in range(300)])
    with server.subscribe(ns=f"{db.name}.things", since="oldest", no_follow="true") as subscriber:
        lines = subscriber.wait_end(60)
    assert lines == printed(mongotail, rs, "--ns", f"{db.name}.things")


def test_the_last_lines_come_first(server, db):
    db.things.insert_many([{"_id": i} for i in range(30)])
    with server.subscribe(ns=f"{db.name}.things", lines=3) as subscriber:
        assert [entry["o"]["_id"] for entry in subscriber.wait_json(3)] == [27, 28, 29]
        db.things.insert_one({"_id": 30})
        assert subscriber.wait_json(4)[3]["o"]["_id"] == 30


def test_until_ends_the_stream_when_it_has_passed(server, db):
    db.things.insert_many([{"_id": i} for i in range(3)])
    with server.subscribe(ns=f"{db.name}.things", since="1h", until="now") as subscriber:
        ids = [json.loads(line)["o"]["_id"] for line in subscriber.wait_end(60) if '"op":"i"' in line]
    assert ids == [0, 1, 2]


def test_a_start_in_the_past_meets_the_present_under_load(mongotail, rs, db):
    """A ring of a few operations: the stream goes from catch-up to catch-up until it has met it."""
    db.things.insert_many([{"_id": i, "pad": "x" * 200} for i in range(3000)])
    stop = threading.Event()
    written = []

    def write() -> None:
        i = 3000
        while not stop.is_set() and i < 9000:
            db.things.insert_many([{"_id": i + k, "pad": "x" * 200} for k in range(20)])
            i += 20
            written.append(i)

    with Server(mongotail, rs.uri, "--ring-size", "256KiB") as server:
        writer = threading.Thread(target=write)
        writer.start()
        try:
            with server.subscribe(ns=f"{db.name}.things", op="i", since="oldest") as old, \
                    server.subscribe(ns=f"{db.name}.things", op="i", since="1h") as other:
                old.wait_lines(6000, timeout=60)
                stop.set()
                writer.join()
                for subscriber in (old, other):
                    lines = subscriber.wait_lines(written[-1], timeout=60)
                    assert [json.loads(line)["o"]["_id"] for line in lines] == list(range(written[-1]))
                    assert lines == printed(mongotail, rs, "--ns", f"{db.name}.things", "--op", "i")
        finally:
            stop.set()
            writer.join()


def test_long_pasts_do_not_keep_short_ones_waiting(mongotail, server_version):
    """All threads that read the past are busy, for readers who take theirs slowly but steadily."""
    with ReplicaSet(1, server_version, oplog_mb=200) as rs, rs.client() as client, \
            Server(mongotail, rs.uri, "--ring-size", "256KiB") as server, ExitStack() as readers:
        for begin in range(0, 10_000, 1000):
            client.app.things.insert_many([{"_id": begin + i, "pad": "x" * 4000} for i in range(1000)])
        client.app.rare.insert_one({"_id": 1})
        hurry = threading.Event()
        long = [readers.enter_context(server.subscribe(hurry=hurry, ns="app.things", op="i", since="oldest", limit=10_000))
                for _ in range(4)]
        for subscriber in long:
            subscriber.wait_lines(1)
        with server.subscribe(ns="app.rare", op="i", since="oldest", limit=1) as short:
            assert json.loads(short.wait_end()[0])["o"] == {"_id": 1}
        assert not any(subscriber.ended for subscriber in long)
        hurry.set()
        for subscriber in long:
            assert [json.loads(line)["o"]["_id"] for line in subscriber.wait_end(60)] == list(range(10_000))


def test_many_subscribers_of_one_id_each_get_their_own(server, db):
    subscribers = [server.subscribe(ns=f"{db.name}.things", id=str(i)) for i in range(50)]
    try:
        db.things.insert_many([{"_id": i} for i in range(50)])
        for i, subscriber in enumerate(subscribers):
            assert subscriber.wait_json(1)[0]["o"]["_id"] == i
            assert len(subscriber.lines) == 1
    finally:
        for subscriber in subscribers:
            subscriber.close()


def test_what_is_not_served_nobody_can_get(mongotail, rs, db):
    with Server(mongotail, rs.uri, "--ns", f"{db.name}.things") as server:
        with server.subscribe() as everything, server.subscribe(ns=f"{db.name}.*", since="oldest") as past:
            db.secrets.insert_one({"_id": 1})
            db.things.insert_one({"_id": 2})
            for subscriber in (everything, past):
                ids = [e["o"]["_id"] for e in subscriber.wait_json(2) if e["op"] == "i"]
                assert ids == [2]


def test_a_slow_reader_is_ended_with_its_cursor_and_others_are_unharmed(server, mongotail, rs, db):
    patient = server
    with Server(mongotail, rs.uri, "--ring-size", "2MiB", "--drop-after", "3") as server:
        slow = server.connection(timeout=60)
        slow.request("GET", f"/tail?ns={db.name}.things&op=i")
        response = slow.getresponse()
        with server.subscribe(ns=f"{db.name}.things", op="i") as good:
            count = 0
            while server.metric('drops_total{reason="slow"}') == 0:
                # First what fills the sockets' buffers, and then no more than makes the oplog grow.
                more = 10 if count < 1000 else 1
                db.things.insert_many([{"_id": count + k, "pad": "x" * 20_000} for k in range(more)])
                count += more
                assert count < 20_000, "it was never ended"
            ids = [entry["o"]["_id"] for entry in good.wait_json(count, timeout=60)]
            assert ids == list(range(count))
        lines = response.read().decode().splitlines()
        last = json.loads(lines[-1])["mongotail"]
        got = [json.loads(line)["o"]["_id"] for line in lines[:-1] if line]
        assert last["end"] == "slow" and last["error"] and got == list(range(len(got)))
        slow.close()
    # To somebody who may read at leisure.
    with patient.subscribe(ns=f"{db.name}.things", op="i", after_cursor=last["cursor"]) as again:
        again.wait_lines(count - len(got), timeout=60)
        assert [entry["o"]["_id"] for entry in again.json()] == list(range(len(got), count))


def test_a_start_that_is_gone_ends_with_a_line_that_says_so(server):
    with server.subscribe(after_cursor="1000000000:1@1") as subscriber:
        last = json.loads(subscriber.wait_end()[-1])["mongotail"]
    assert last["end"] in ("lost", "rolled_back")
    assert last["error"]


def test_sigterm_ends_every_stream_with_its_cursor(mongotail, rs, client: MongoClient, db: Database):
    with Server(mongotail, rs.uri) as server, server.subscribe(ns=f"{db.name}.things", op="i") as subscriber:
        db.things.insert_one({"_id": 1})
        subscriber.wait_lines(1)
        seconds = server.tail.end_by(15)
        last = json.loads(subscriber.wait_end()[-1])["mongotail"]
        assert server.tail.process.returncode == -15
    assert last["end"] == "shutdown" and last["cursor"]
    assert seconds < 5


def test_failovers_of_the_set_lose_nothing_and_repeat_nothing(mongotail, rs3, db_name):
    with rs3.client(w="majority", retryWrites=True) as client, Server(mongotail, rs3.uri) as server, \
            server.subscribe(ns=f"{db_name}.things", op="i") as subscriber:
        things = client[db_name].things
        for i in range(60):
            things.insert_one({"_id": i})
            if i in (20, 40):
                rs3.step_down()
        with server.subscribe(ns=f"{db_name}.things", op="i", since="1h") as past:
            for each in (subscriber, past):
                lines = each.wait_lines(60, timeout=60)
                assert [json.loads(line)["o"]["_id"] for line in lines] == list(range(60))

