"""Killed at any moment and started again with its cursor file."""

import random
import time

import pytest
from support import wait_until
from support.seed import seed
from support.writers import Place, Printed, Writers, stored_inserts

SHORT, LONG = 10, 50


def saved_place(path) -> Place | None:
    """ts and term in a cursor file."""
    cursor = path.read_text().partition("\n")[2].strip() if path.exists() else ""
    if not cursor:
        return None
    ts, _, term = cursor.partition("#")[0].partition("@")
    seconds, ordinal = ts.split(":")
    return int(seconds), int(ordinal), int(term)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("count", [SHORT, pytest.param(LONG, marks=pytest.mark.long)])
def test_kills_lose_nothing_and_repeat_only_what_came_after_the_cursor(mongotail, rs, client, db_name, tmp_path, count):
    print(f"seed {seed()}")
    pick = random.Random(seed())
    cursor = tmp_path / "cursor"
    client[db_name].c0.insert_one({"_id": "first"})
    begin = stored_inserts(client, db_name)[-1][0]
    runs: list[list[tuple[Place, str]]] = []
    cursors: list[Place | None] = []
    args = (rs.uri, "--ns", f"{db_name}.*", "--op", "i", "--cursor-file", cursor, "--after-cursor",
            f"{begin[0]}:{begin[1]}@{begin[2]}")

    with Writers(client, db_name, pause=0.001) as writers:
        for number in range(count):
            cursors.append(saved_place(cursor))
            printed = Printed(tmp_path / f"printed-{number}")
            with printed.path.open("wb") as out, mongotail.tail(*args, stdout=out) as tail:
                # From before it has connected to well into its work.
                time.sleep(pick.uniform(0, 1.5))
                tail.kill()
            runs.append(printed.inserts())
        writers.more(10)
    client[db_name].c0.insert_one({"_id": "last"})
    cursors.append(saved_place(cursor))
    printed = Printed(tmp_path / "printed-last")
    with printed.path.open("wb") as out, mongotail.tail(*args, stdout=out) as tail:
        printed.wait_for("last")
    runs.append(printed.inserts())

    stored = stored_inserts(client, db_name)[1:]
    assert len(runs) == count + 1 and sum(map(bool, runs)) >= count // 4, "it was nearly always killed too early"
    seen: list[tuple[Place, str]] = []
    repeated = 0
    for run, start in zip(runs, cursors):
        if not run:
            continue
        # It begins right behind the cursor that was saved, and that is not past what was printed.
        first = next(each for each in stored if start is None or each[0] > start)
        assert run[0] == first
        position = stored.index(first)
        assert run == stored[position:position + len(run)]
        assert position <= len(seen), f"lost: {stored[len(seen):position]}"
        repeated += len(seen) - position
        seen = stored[:max(len(seen), position + len(run))]
    assert seen == stored
    print(f"{count} kills, {len(stored)} inserts, {repeated} printed again, {sum(map(bool, runs))} runs printed something")


def test_a_stopped_run_repeats_nothing(mongotail, rs, client, db_name, tmp_path):
    """SIGINT and SIGTERM save the cursor: what follows joins without a seam."""
    cursor = tmp_path / "cursor"
    client[db_name].c0.insert_one({"_id": "first"})
    args = (rs.uri, "--ns", f"{db_name}.*", "--op", "i", "--cursor-file", cursor)
    ids: list[str] = []
    with Writers(client, db_name) as writers:
        for number in range(6):
            with mongotail.tail(*args) as tail:
                tail.wait_following()
                tail.wait_lines(20)
                tail.terminate() if number % 2 else tail.interrupt()
                tail.wait_end()
            ids += [op["o"]["_id"] for op in tail.json()]
        writers.more(10)
    stored = [id for _, id in stored_inserts(client, db_name)]
    with mongotail.tail(*args) as tail:
        start = stored.index(ids[0])
        ids += [op["o"]["_id"] for op in tail.wait_json(len(stored) - start - len(ids))]
    assert ids == stored[start:] and len(ids) >= 120


def test_the_first_cursor_is_saved_before_anything_is_written(mongotail, rs, client, db_name, tmp_path):
    """So that a crash right after the start loses nothing either."""
    cursor = tmp_path / "cursor"
    client[db_name].create_collection("c")
    for _ in range(5):
        cursor.unlink(missing_ok=True)
        with mongotail.tail(rs.uri, "--ns", f"{db_name}.c", "--cursor-file", cursor) as tail:
            tail.wait_following()
            tail.kill()
        assert saved_place(cursor), "it follows, and there is no cursor"


def test_an_idle_run_saves_its_cursor_at_once(mongotail, rs, client, db_name, tmp_path):
    cursor = tmp_path / "cursor"
    client[db_name].create_collection("c")
    with mongotail.tail(rs.uri, "--ns", f"{db_name}.c", "--cursor-file", cursor) as tail:
        tail.wait_following()
        for number in range(3):
            client[db_name].c.insert_one({"_id": number})
            tail.wait_lines(number + 1)
            begin = time.monotonic()
            place = stored_inserts(client, db_name)[-1][0]
            wait_until(lambda: saved_place(cursor) == place, "the cursor of what was printed")
            print(f"saved within {(time.monotonic() - begin) * 1000:.0f} ms")
