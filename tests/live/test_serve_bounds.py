"""What a subscriber can observe depends on nothing that it may not see."""

import json

import pytest
from support.serve import Server


def ended(subscriber) -> list[dict]:
    """The entries alone, once the stream has ended."""
    return [entry for entry in map(json.loads, subscriber.wait_end()) if "mongotail" not in entry]


@pytest.fixture
def bounded(mongotail, rs, db):
    """Five documents that may be seen, among twenty that may not."""
    with Server(mongotail, rs.uri, "--ns", f"{db.name}.pub") as server:
        for number in range(25):
            (db.pub if number % 5 == 0 else db.hidden).insert_one({"_id": number, "key": f"k{number}"})
        yield server


@pytest.mark.parametrize("lines", [1, 3, 5, 9])
@pytest.mark.parametrize("wish", [{}, {"op": "i"}])
def test_the_last_lines_are_counted_among_what_may_be_seen(bounded, lines, wish):
    with bounded.subscribe(lines=lines, no_follow=1, **wish) as subscriber:
        shown = [entry["o"]["_id"] for entry in ended(subscriber) if entry["op"] == "i"]
    expected = [0, 5, 10, 15, 20][-lines:]
    assert shown == expected


@pytest.mark.parametrize("query", ['{"o.key": "k1"}', '{"o.key": {"$regex": "^k2[1-4]"}}', '{"o.key": "nowhere"}'])
def test_a_query_over_hidden_entries_gets_the_same_answer_whether_it_would_match_or_not(bounded, query):
    for lines in (1, 2):
        with bounded.subscribe(lines=lines, no_follow=1, query=query) as subscriber:
            assert ended(subscriber) == []
        with bounded.subscribe(lines=lines, no_follow=1, op="i", query=json.dumps({"$or": [json.loads(query), {}]})) as subscriber:
            assert [entry["o"]["_id"] for entry in ended(subscriber)] == [15, 20][-lines:]


def test_the_last_lines_do_not_depend_on_users_and_keys(mongotail, rs, db):
    with Server(mongotail, rs.uri) as server:
        db.things.insert_one({"_id": 1})
        for number in range(3):
            rs.client().admin.command("createUser", f"{db.name}{number}", pwd="p", roles=[])
        wish = {"lines": 1, "no_follow": 1, "op": "i", "query": json.dumps({"ns": {"$in": [f"{db.name}.things", "admin.system.users"]}})}
        with server.subscribe(**wish) as subscriber:
            assert [entry["ns"] for entry in ended(subscriber)] == [f"{db.name}.things"]


def test_a_limit_counts_what_may_be_seen(bounded):
    with bounded.subscribe(since="oldest", limit=2, op="i") as subscriber:
        assert [entry["o"]["_id"] for entry in ended(subscriber)] == [0, 5]


def test_metrics_count_nothing_that_may_not_be_seen(bounded, db):
    def counted() -> dict[str, float]:
        _, _, text = bounded.request("/metrics")
        return {line.split()[0]: float(line.split()[1]) for line in text.splitlines() if not line.startswith("#")}

    own = ("mongotail_requests_total", "mongotail_connections", "mongotail_sent_bytes_total", "mongotail_ring_bytes",
           "mongotail_newest_timestamp_seconds", "mongotail_lag_seconds", "mongotail_delivered_total")

    def but_own(figures: dict[str, float]) -> dict[str, float]:
        return {name: value for name, value in figures.items() if name not in own}

    with bounded.subscribe() as subscriber:
        db.pub.insert_one({"_id": "seen"})
        subscriber.wait_text('"seen"')
        before = but_own(counted())
        db.hidden.insert_many([{"_id": f"hidden{number}"} for number in range(30)])
        with db.client.start_session() as session, session.start_transaction():
            db.hidden.insert_many([{}, {}], session=session)
        db.hidden.drop()
        db.pub.insert_one({"_id": "later"})
        subscriber.wait_text('"later"')
        after = but_own(counted())
    grown = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert {name for name in grown} == {"mongotail_entries_total", "mongotail_operations_total", "mongotail_bytes_total"}
    assert grown["mongotail_entries_total"] == grown["mongotail_operations_total"] == 1
