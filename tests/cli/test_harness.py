"""The command-line harness itself, on small stand-ins for the program."""

import os
import signal

import pytest
from support import Tmux, WaitFailed, wait_until
from support.cli import python
from support.processes import plain_environment


def test_a_run_that_fails_shows_all_of_itself():
    run = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)").run("--flag")
    assert run.ended(3, "err").lines == ["out"]
    with pytest.raises(AssertionError) as failure:
        run.ok()
    for part in ("--flag", "status: 3", "stdout:\nout", "stderr:\nerr"):
        assert part in str(failure.value)


def test_a_run_that_hangs_shows_what_it_said():
    with pytest.raises(AssertionError, match="still running(?s:.*)begun"):
        python("import time; print('begun'); time.sleep(60)").run(timeout=0.5)


def test_the_environment_is_controlled(monkeypatch):
    monkeypatch.setenv("MONGOTAIL_URI", "mongodb://elsewhere")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    show = python("import os; print(*(os.environ.get(n) for n in ('MONGOTAIL_URI', 'NO_COLOR', 'TZ')))")
    assert show.run().stdout == "None None UTC\n"
    assert show.run(env={"NO_COLOR": "1", "TZ": None}).stdout == "None 1 None\n"


def test_input_is_bytes_or_text_and_empty_by_default():
    copy = python("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())")
    assert copy.run(input=b"\xff\x00").raw == b"\xff\x00"
    assert copy.run(input="ä").stdout == "ä"
    assert copy.run().raw == b""


FOLLOWER = """
import signal, sys, time
print('following 127.0.0.1:1 from 5:1; majority', file=sys.stderr)
for i in range(3): print('{"n": %d}' % i)
time.sleep(60)
"""


def test_a_tail_is_watched_while_it_runs():
    with python(FOLLOWER).tail() as tail:
        tail.wait_following()
        assert tail.wait_json(3) == [{"n": 0}, {"n": 1}, {"n": 2}]
        tail.interrupt()
        assert tail.wait_end() == -signal.SIGINT
    assert not tail.alive


def test_a_tail_that_ends_early_ends_the_wait():
    with python("print('one')").tail() as tail, pytest.raises(WaitFailed, match="ended before 2 lines(?s:.*)one"):
        tail.wait_lines(2)


def test_a_wait_has_a_deadline():
    with python("import time; time.sleep(60)").tail() as tail, pytest.raises(WaitFailed, match="waited 0.2 s"):
        tail.wait_lines(1, timeout=0.2)


def test_a_terminal_is_one():
    with python("import os; print(os.isatty(0), os.isatty(1), *os.get_terminal_size())").terminal(columns=77) as term:
        assert term.wait_end() == 0
        assert term.text == "True True 77 40\n"


def test_a_terminal_hides_what_is_typed_at_a_prompt():
    with python("import getpass; print(len(getpass.getpass()))").terminal() as term:
        term.wait_for("Password: ")
        assert not term.echoes
        term.send("secret\n")
        assert term.wait_end() == 0
        assert "secret" not in term.text and term.text.endswith("6\n")


def test_control_c_on_a_terminal_interrupts():
    with python("import time; print('ready'); time.sleep(60)").terminal() as term:
        term.wait_for("ready")
        term.interrupt()
        assert term.wait_end() in (-signal.SIGINT, 130)


def test_a_tmux_window_shows_what_a_person_sees():
    with Tmux(plain_environment()) as window:
        window.type("printf 'a\\033[31mb\\033[0m'c; echo")
        assert "abc" in window.wait_for("(?m)^abc$")


def test_children_die_with_the_tests(tmp_path):
    """Even when those are killed outright."""
    code = ("import os, sys, time; sys.path.insert(0, %r)\n"
            "from support.processes import spawn\n"
            "print(spawn(['sleep', '60']).pid)\n"
            "time.sleep(60)") % os.path.dirname(os.path.dirname(__file__))
    with python(code).tail() as parent:
        child = int(parent.wait_lines(1)[0])
        parent.kill()
        wait_until(lambda: not _running(child), "the child to die")


def _running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False
