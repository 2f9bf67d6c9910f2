"""Saved oplogs that grow: -f prints what is appended, until something ends it."""

import os
import signal
import subprocess
import time

import pytest
from support.saved import append, entry, write


def ids(tail):
    return [op["o"]["_id"] for op in tail.json()]


@pytest.fixture
def file(tmp_path):
    return write(tmp_path / "oplog.bson", entry(1, _id=1), entry(2, _id=2))


@pytest.fixture
def following(mongotail, file):
    with mongotail.tail("-f", "--file", file) as tail:
        tail.wait_lines(2)
        yield tail


def test_what_is_appended_appears(following, file):
    append(file, entry(3, _id=3))
    following.wait_lines(3)
    append(file, entry(4, _id=4), entry(5, _id=5))
    following.wait_lines(5)
    assert ids(following) == [1, 2, 3, 4, 5] and following.alive


def test_an_entry_that_is_half_written_is_waited_for(following, file):
    third = entry(3, _id=3)
    append(file, third[:20])
    with pytest.raises(AssertionError):
        following.wait_lines(3, timeout=0.4)
    append(file, third[20:])
    following.wait_lines(3)
    assert ids(following) == [1, 2, 3]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_wait_at_once(following, number):
    assert following.end_by(number) < 0.5
    following.ended(-number)


def test_it_ends_when_the_reader_goes_away_while_it_waits(mongotail, file):
    read_end, write_end = os.pipe()
    with mongotail.tail("-f", "--file", file, stdout=write_end) as tail:
        os.close(write_end)
        assert os.read(read_end, 1)
        os.close(read_end)
        assert tail.wait_end() == 0, tail


@pytest.mark.parametrize("change, said", [
    (lambda file: os.truncate(file, 7), "cut short"),
    (lambda file: file.unlink(), "removed"),
    (lambda file: write(file.with_suffix(".new"), entry(9, _id=9)).rename(file), "replaced"),
], ids=["cut", "removed", "replaced"])
def test_a_file_that_is_no_longer_the_same_ends_it(following, file, change, said):
    change(file)
    following.ended(1, str(file), said, "try: ")
    assert ids(following) == [1, 2]


def test_damage_ends_it_after_what_came_before(following, file):
    append(file, entry(3, _id=3), b"\0" * 40)
    following.ended(1, "damaged")
    assert ids(following) == [1, 2, 3]


def test_damage_is_skipped_on_demand(mongotail, file):
    with mongotail.tail("-f", "--skip-damaged", "--file", file) as tail:
        tail.wait_lines(2)
        append(file, b"\0" * 40, entry(3, _id=3))
        tail.wait_lines(3)
        tail.wait_stderr("40 bytes were skipped")
        assert ids(tail) == [1, 2, 3]


def test_the_last_n_and_then_what_comes(mongotail, file):
    with mongotail.tail("-f", "-n", 1, "--file", file) as tail:
        tail.wait_lines(1)
        append(file, entry(3, _id=3))
        tail.wait_lines(2)
        assert ids(tail) == [2, 3]


def test_from_now_on_only_what_comes(mongotail, file):
    with mongotail.tail("-f", "--since", "now", "--file", file) as tail:
        tail.wait_following()
        append(file, entry(3, _id=3))
        tail.wait_lines(1)
        assert ids(tail) == [3]


def test_a_limit_and_an_end_of_the_window_end_it(mongotail, file):
    with mongotail.tail("-f", "--limit", 3, "--file", file) as tail:
        tail.wait_lines(2)
        append(file, entry(3, _id=3))
        tail.ended(0)
    with mongotail.tail("-f", "--until", "Timestamp(4, 1)", "--file", file) as tail:
        tail.wait_lines(3)
        append(file, entry(4, _id=4))
        tail.ended(0)
        assert ids(tail) == [1, 2, 3]


def test_only_the_last_of_several_files_is_followed(mongotail, file, tmp_path):
    first = write(tmp_path / "first.bson", entry(0, 1, _id=0))
    with mongotail.tail("-f", "--file", first, file) as tail:
        tail.wait_lines(3)
        append(first, entry(0, 2, _id=-1))
        append(file, entry(3, _id=3))
        tail.wait_lines(4)
        assert ids(tail) == [0, 1, 2, 3]


def test_a_pipe_ends_at_its_end_though_it_is_followed(mongotail, file):
    assert len(mongotail.run("-f", "--file", "-", input=file.read_bytes()).ok().lines) == 2


def test_a_line_from_a_pipe_appears_before_the_next_one_comes(mongotail):
    read_end, write_end = os.pipe()
    with mongotail.tail("--file", "-", stdin=read_end) as tail:
        os.close(read_end)
        for second in (1, 2, 3):
            os.write(write_end, entry(second, _id=second))
            tail.wait_lines(second)
        os.close(write_end)
        tail.ended(0)


def test_a_signal_ends_the_wait_for_a_pipe(mongotail):
    read_end, write_end = os.pipe()
    with mongotail.tail("--file", "-", stdin=read_end) as tail:
        os.write(write_end, entry(1, _id=1))
        tail.wait_lines(1)
        assert tail.end_by(signal.SIGINT) < 0.5
        tail.ended(-signal.SIGINT)
    os.close(read_end)
    os.close(write_end)


def test_the_cursor_is_saved_when_a_signal_ends_it(mongotail, file, tmp_path):
    cursor = tmp_path / "cursor"
    with mongotail.tail("-f", "--file", file, "--cursor-file", cursor) as tail:
        tail.wait_lines(2)
        tail.interrupt()
        tail.ended(-signal.SIGINT)
    append(file, entry(3, _id=3))
    assert [op["o"]["_id"] for op in mongotail.run("--file", file, "--cursor-file", cursor).ok().json()] == [3]


@pytest.mark.parametrize("flags", [[], ["--op", "d"], ["--since", "-1s"]], ids=" ".join)
def test_a_signal_ends_long_reading_at_once(mongotail, tmp_path, flags):
    file = write(tmp_path / "large.bson", *(entry(1, i, _id=i, pad="x" * 300) for i in range(1, 150_000)))
    with mongotail.tail("--file", *[file] * 200, *flags, stdout=subprocess.DEVNULL) as tail:
        # With a time that counts from the newest entry, all is read before anything is said.
        tail.wait_for(lambda _: "--since" in flags or "reading" in tail.stderr, "the begin")
        time.sleep(0.3)
        assert tail.end_by(signal.SIGINT) < 0.5
        tail.ended(-signal.SIGINT)
