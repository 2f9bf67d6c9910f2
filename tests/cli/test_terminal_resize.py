"""A terminal that changes its size while the program follows."""

import itertools
import re
import signal

import pytest
from support import wait_until
from support.saved import append, entry, write

LONG = "x" * 300


@pytest.fixture
def file(tmp_path):
    return write(tmp_path / "oplog.bson", entry(1, _id=1, text=LONG))


def length_of_line(term, number: int) -> int:
    """Of the line about the document with that _id, once it is there."""
    line = rf"^\S+ \S+ +insert +shop.orders +{number} .*\n"
    term.wait_for(f"(?m){line}")
    return len(re.search(line, term.text, re.MULTILINE)[0]) - 1


def test_lines_are_cut_to_the_width_that_the_terminal_has_by_then(mongotail, file):
    args = ("-f", "--file", file, "-o", "short", "--utc", "--color", "never", "--quiet")
    numbers = itertools.count(2)

    def length_of_next() -> int:
        number = next(numbers)
        append(file, entry(number, _id=number, text=LONG))
        return length_of_line(term, number)

    with mongotail.terminal(*args, columns=120) as term:
        assert length_of_line(term, 1) == 120
        for columns in (60, 200, 90):
            term.resize(40, columns)
            wait_until(lambda: length_of_next() == columns, f"lines of {columns} columns")
        assert term.process.poll() is None


def test_in_a_pipe_a_resize_cuts_nothing(mongotail, file):
    with mongotail.tail("-f", "--file", file, "-o", "short") as tail:
        tail.wait_lines(1)
        for number in (2, 3):
            tail.send_signal(signal.SIGWINCH)
            append(file, entry(number, _id=number, text=LONG))
            tail.wait_lines(number)
        assert all(LONG in line for line in tail.lines)
