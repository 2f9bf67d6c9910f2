"""What a run that prints nothing says to the person who waits for it."""

import time

import pytest
from pymongo.database import Database
from support.saved import SAMPLE


@pytest.fixture
def orders(db: Database) -> str:
    """The name of a collection with three inserts."""
    db.create_collection("orders")
    db.orders.insert_many([{"_id": number} for number in range(3)])
    return f"{db.name}.orders"


def test_a_run_that_selects_nothing_names_what_was_there(mongotail, rs, orders):
    with mongotail.terminal(rs.uri, "--since", "oldest", "--no-follow", "--ns", orders[:-1]) as term:
        assert term.wait_end() == 0
        assert "nothing was printed: none of " in term.text and f"did you mean --ns '{orders}'?" in term.text, term


def test_ctrl_c_is_answered_with_what_was_there(mongotail, rs, db, orders):
    with mongotail.terminal(rs.uri, "--ns", orders[:-1]) as term:
        term.wait_for("following")
        db.orders.insert_one({"_id": "new"})
        begin = time.monotonic()
        term.interrupt()
        assert term.wait_end() == -2
        assert time.monotonic() - begin < 1
        assert f"{orders} (1)" in term.text and f"did you mean --ns '{orders}'?" in term.text, term


def test_a_run_that_printed_something_says_nothing_more(mongotail, rs, orders):
    with mongotail.terminal(rs.uri, "--since", "oldest", "--no-follow", "--ns", orders) as term:
        assert term.wait_end() == 0
        assert "nothing was printed" not in term.text


def test_a_pipe_hears_nothing_of_it(mongotail, rs, orders):
    run = mongotail.run(rs.uri, "--since", "oldest", "--no-follow", "--ns", orders[:-1]).ok()
    assert run.stdout == run.stderr == ""


def test_a_file_names_what_it_holds(mongotail):
    with mongotail.terminal("--file", SAMPLE, "--ns", "shop.order") as term:
        assert term.wait_end() == 0
        assert "did you mean --ns 'shop.orders'?" in term.text, term


def test_no_follow_from_now_on_is_doubted(mongotail, rs):
    run = mongotail.run(rs.uri, "--no-follow").ok()
    assert run.stdout == "" and "there is nothing to read" in run.stderr and "--since 1h" in run.stderr


def test_a_cursor_file_that_overrides_since_is_named(mongotail, rs, tmp_path, orders):
    args = [rs.uri, "--since", "oldest", "--no-follow", "--ns", orders, "--cursor-file", tmp_path / "cursor"]
    first = mongotail.run(*args).ok()
    assert len(first.lines) == 4 and first.stderr == ""
    again = mongotail.run(*args).ok()
    assert again.stdout == "" and "so --since counts for nothing" in again.stderr
