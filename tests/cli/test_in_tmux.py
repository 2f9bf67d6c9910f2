"""What a person sees in a window: saved oplogs that grow as the test wants, keys, resizes."""

import os
import re
import shlex
from collections.abc import Iterator

import pytest
from support import Tmux
from support.saved import SAMPLE, append, entry, write

PROMPT = r"\n\$ *\n*$"
PROGRESS = r"(?m:^)(catching up|reading) .* entries/s +[0-9.]+ MB/s"


@pytest.fixture
def window(mongotail, tmp_path) -> Iterator[Tmux]:
    with Tmux(mongotail.environment({"OPLOG": str(tmp_path / "oplog.bson")}), rows=24, columns=100) as tmux:
        tmux.type(f"PS1='$ '; cd {shlex.quote(str(tmp_path))}; mongotail() {{ {mongotail.command[0]} --utc --color never \"$@\"; }}; clear")
        tmux.wait_for(r"^\$ *\n*$")
        yield tmux


@pytest.fixture
def file(tmp_path):
    return write(tmp_path / "oplog.bson", entry(1, _id=1))


@pytest.fixture
def fifo(tmp_path) -> Iterator["Feed"]:
    with Feed(tmp_path / "fifo") as feed:
        yield feed


class Feed:
    """A named pipe, and the writer that keeps its reader waiting."""

    def __init__(self, path) -> None:
        os.mkfifo(path)
        # For reading too, so that opening does not wait.
        self._fd = os.open(path, os.O_RDWR)

    def __enter__(self) -> "Feed":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, *entries: bytes) -> None:
        os.write(self._fd, b"".join(entries))

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1


def lines_of(screen: str) -> list[str]:
    return [line.rstrip() for line in screen.splitlines() if line.strip()]


def test_a_document_stands_on_one_line_where_the_window_is_wide_enough(window, file):
    cart = {"goods": ["tea", "pot"], "price": 12, "note": "to be wrapped as a present"}
    window.type("mongotail -f --file oplog.bson")
    window.wait_for("_id: 1 ")
    append(file, entry(2, _id=2, cart=cart))
    wide = window.wait_for("(?s)_id: 2,.*}")
    assert "cart: { goods: [ 'tea', 'pot' ], price: 12, note: 'to be wrapped as a present' }" in wide


def test_a_document_is_broken_into_lines_where_the_window_is_narrow(window, file):
    cart = {"goods": ["tea", "pot"], "price": 12, "note": "to be wrapped as a present"}
    window.resize(24, 50)
    window.type("mongotail -f --file oplog.bson")
    window.wait_for("_id: 1")
    append(file, entry(2, _id=2, cart=cart))
    narrow = lines_of(window.wait_for("(?s)note: .*}"))
    assert "      goods: [ 'tea', 'pot' ]," in narrow and "      price: 12," in narrow


def test_after_a_resize_new_lines_fit(window, file):
    window.type("mongotail -f -o short --file oplog.bson")
    window.wait_for("insert +shop.orders +1")
    window.resize(24, 60)
    number = 1

    def another_fits(screen: str) -> bool:
        nonlocal number
        number += 1
        append(file, entry(number, _id=number, text="x" * 200))
        return re.search(r"(?m)^1970-\S+ \S+ +insert +shop.orders +\d+ .{5,}…$", screen) is not None

    screen = window.wait_until(another_fits, "a line that was cut to the new width")
    assert max(len(line) for line in lines_of(screen) if line.endswith("…")) == 60


def test_the_progress_stands_below_the_lines_and_is_gone_when_live(window, fifo, file):
    window.type("mongotail -f -o short --file fifo oplog.bson")
    fifo.write(entry(1, _id="first"), entry(2, _id="second"))
    screen = lines_of(window.wait_for(PROGRESS))
    assert "'second'" in screen[-2] and re.search(PROGRESS, screen[-1])
    assert re.search("catching up   1970-01-01 00:00:02Z", screen[-1])
    fifo.write(entry(3, _id="third"))
    screen = lines_of(window.wait_for(f"'third'.*\n+{PROGRESS}"))
    assert [line.split()[4] for line in screen if " insert " in line] == ["'first'", "'second'", "'third'"]
    fifo.close()
    screen = window.wait_for(r"insert +shop.orders +1\b")
    assert not re.search(PROGRESS, screen)
    append(file, entry(4, _id="live"))
    screen = window.wait_for("'live'")
    assert not re.search(PROGRESS, screen) and len(lines_of(screen)) == 2 + 5


def test_progress_of_a_file_ends_with_it(window, fifo):
    window.type("mongotail -o short --file fifo; echo ended with $?")
    fifo.write(entry(1, _id="first"))
    assert re.search("(?m)^reading   1970", window.wait_for(PROGRESS))
    fifo.close()
    # The shell's next prompt may be there already, or not yet.
    screen = lines_of(window.wait_for("(?m)^ended with 0"))
    ended = screen.index("ended with 0")
    assert "'first'" in screen[ended - 1] and len(screen) <= ended + 2


def test_a_warning_stands_above_the_progress(window, fifo):
    window.type("mongotail -o short --skip-damaged --file fifo")
    fifo.write(entry(1, _id="first"))
    window.wait_for(PROGRESS)
    broken = bytearray(entry(2, _id="second"))
    broken[30:40] = b"\xff" * 10
    fifo.write(bytes(broken), entry(3, _id="third"))
    screen = lines_of(window.wait_for("'third'"))
    assert re.search("(?s)'first'.*is damaged.*bytes\\s+were\\s+skipped.*'third'", "\n".join(screen))
    assert sum(1 for line in screen if re.search(PROGRESS, line)) <= 1


def test_control_c_takes_the_progress_away_and_leaves_the_lines(window, fifo):
    window.type("mongotail -o short --file fifo")
    fifo.write(entry(1, _id="first"), entry(2, _id="second"))
    window.wait_for(PROGRESS)
    window.keys("C-c")
    screen = lines_of(window.wait_for(PROMPT))
    assert "'first'" in screen[-3] and "'second'" in screen[-2] and screen[-1] == "$"
    window.type("echo status $?")
    window.wait_for("status 130")


def test_a_window_that_becomes_narrower_keeps_nothing_of_the_progress(window, fifo):
    window.type("mongotail -o short --file fifo")
    fifo.write(entry(1, _id="first"))
    window.wait_for(PROGRESS)
    window.resize(24, 40)
    window.wait_for(r"(?m)^reading   1970-01-01 00:00:01Z$")
    fifo.close()
    screen = lines_of(window.wait_for(PROMPT))
    assert "'first'" in screen[-2] or "'first'" in screen[-3] + screen[-2]
    assert not any("entries/s" in line or "MB/s" in line for line in screen)


def test_stdout_that_goes_elsewhere_leaves_the_progress_alone_on_the_screen(window, fifo):
    window.type("mongotail --file fifo > out; wc -l out")
    fifo.write(entry(1, _id="first"), entry(2, _id="second"))
    assert re.search(PROGRESS, lines_of(window.wait_for(PROGRESS))[-1])
    fifo.close()
    screen = window.wait_for("2 out")
    assert not re.search(PROGRESS, screen)


@pytest.mark.parametrize("elsewhere", ["2> err", "| cat", "--quiet"])
def test_no_progress_where_it_would_disturb(window, fifo, elsewhere):
    window.type(f"mongotail -o short --file fifo {elsewhere}")
    fifo.write(entry(1, _id="first"))
    window.wait_for("'first'")
    for number in range(2, 12):
        fifo.write(entry(number, _id=number))
        assert "entries/s" not in window.wait_for(rf"insert +shop.orders +{number}\b")
    fifo.close()
    assert "entries/s" not in window.wait_for(PROMPT)


def test_the_summary_is_refreshed_in_place_and_once_more_at_control_c(window, file):
    window.type("mongotail -f --summary --file oplog.bson")
    window.wait_for(r"(?m)^total +1 ")
    append(file, entry(2, _id=2), entry(3, ns="shop.carts", _id=3))
    screen = lines_of(window.wait_for(r"(?m)^total +3 "))
    assert len([line for line in screen if line.startswith("namespace")]) == 1
    assert re.search(r"(?m)^shop.carts +insert +1 ", "\n".join(screen))
    window.keys("C-c")
    screen = lines_of(window.wait_for(PROMPT))
    assert [line.split()[0] for line in screen[-6:]] == ["namespace", "shop.orders", "shop.carts", "total", "1.5", "$"]
    assert not any("^C" in line for line in screen)


def test_the_summary_is_cut_to_the_window_and_whole_at_the_end(window, tmp_path, file):
    for number in range(40):
        append(file, *[entry(10 + number, _id=i, ns=f"shop.c{number:02}") for i in range(number + 1)])
    window.type("mongotail -f --summary --file oplog.bson")
    screen = lines_of(window.wait_for("(?m)^total"))
    assert len(screen) <= 24 and "and 22 more" in screen and screen[1].startswith("namespace")
    assert not re.search("shop.c00", "\n".join(screen)) and re.search("shop.c39", "\n".join(screen))
    window.resize(10, 100)
    screen = lines_of(window.wait_for("and 36 more"))
    assert len(screen) <= 10
    window.resize(70, 100)
    window.wait_for("shop.c00")
    window.keys("C-c")
    screen = window.wait_for(PROMPT)
    assert len(re.findall(r"(?m)^shop.c\d\d", screen)) == 40 and screen.count("namespace ") == 1


def test_a_summary_elsewhere_than_on_a_terminal_is_printed_once(window, file):
    window.type(f"mongotail --summary --file {SAMPLE} > out; grep -c total out")
    window.wait_for(r"(?m)^1$")
