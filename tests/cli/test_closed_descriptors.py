"""stdin, stdout and stderr that are closed at the start: each is missed only where it is needed."""

import itertools
import shlex
import signal
import subprocess

import pytest
from support.saved import SAMPLE, entry, write
from support.wait import wait_until

CLOSING = {0: "<&-", 1: ">&-", 2: "2>&-"}
COMBINATIONS = [closed for count in range(4) for closed in itertools.combinations(CLOSING, count)]
every_combination = pytest.mark.parametrize("closed", COMBINATIONS,
                                            ids=lambda closed: " ".join(map(CLOSING.get, closed)) or "all open")


def shell(mongotail, redirections, *args):
    return ["bash", "-c", f"exec {shlex.join(mongotail.argv(args))} {redirections}"]


def run(mongotail, redirections, *args, stdin=subprocess.DEVNULL):
    return subprocess.run(shell(mongotail, redirections, *args), stdin=stdin, capture_output=True, timeout=20,
                          env=mongotail.environment())


def closing(closed):
    return " ".join(CLOSING[fd] for fd in closed)


def expect(done, closed, status, stdout=None, stderr=b""):
    assert done.returncode == status, done
    if stdout is not None:
        assert done.stdout == (b"" if 1 in closed else stdout), done
    assert 2 in closed or stderr in done.stderr, done


@every_combination
def test_a_file_is_read_whole_wherever_stdout_is_open(mongotail, closed):
    whole = mongotail.run("--file", SAMPLE).ok().raw
    done = run(mongotail, closing(closed), "--file", SAMPLE, "-v")
    expect(done, closed, *((1, b"", b"stdout is closed") if 1 in closed else (0, whole)))


@every_combination
def test_messages_about_damage_end_nothing(mongotail, tmp_path, closed):
    entries = [entry(second, _id=second) for second in range(1, 6)]
    damaged = bytearray(b"".join(entries))
    damaged[2 * len(entries[0]) + 4] = 0x55
    file = write(tmp_path / "oplog.bson", damaged)
    whole = mongotail.run("--file", write(tmp_path / "whole.bson", *entries[:2], *entries[3:])).ok().raw
    done = run(mongotail, closing(closed), "--file", file, "--skip-damaged", "-v")
    expect(done, closed, *((1, b"", b"stdout is closed") if 1 in closed else (0, whole, b"bytes were skipped")))


@every_combination
def test_stdin_is_missed_only_where_it_is_read(mongotail, closed):
    whole = mongotail.run("--file", SAMPLE).ok().raw
    with SAMPLE.open("rb") as stdin:
        done = run(mongotail, closing(closed), "--file", "-", stdin=stdin)
    if 1 in closed:
        expect(done, closed, 1, b"", b"stdout is closed")
    elif 0 in closed:
        expect(done, closed, 1, b"", b"standard input is closed")
    else:
        expect(done, closed, 0, whole)


@every_combination
@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_a_text_that_can_not_be_printed_is_a_failure(mongotail, closed, flag):
    expect(run(mongotail, closing(closed), flag), closed, 1 if 1 in closed else 0,
           mongotail.run(flag).ok().raw, b"stdout" if 1 in closed else b"")


@every_combination
def test_a_usage_error_keeps_its_status(mongotail, closed):
    expect(run(mongotail, closing(closed), "--no-such-flag"), closed, 2, b"", b"--no-such-flag")


@every_combination
def test_a_server_that_can_not_be_reached_keeps_its_status(mongotail, closed):
    uri = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100"
    expect(run(mongotail, closing(closed), uri), closed, 1, b"", b"stdout is closed" if 1 in closed else b"127.0.0.1:1")


@pytest.mark.parametrize("closed", [closed for closed in COMBINATIONS if 1 not in closed],
                         ids=lambda closed: closing(closed) or "all open")
def test_following_prints_what_comes_and_dies_of_a_signal(mongotail, tmp_path, closed):
    file = write(tmp_path / "oplog.bson", entry(1, _id=1))
    out = tmp_path / "out"
    with out.open("wb") as stdout:
        process = subprocess.Popen(shell(mongotail, closing(closed), "-f", "-v", "--file", file), stdin=subprocess.DEVNULL,
                                   stdout=stdout, stderr=subprocess.DEVNULL, env=mongotail.environment())
    try:
        wait_until(lambda: out.read_bytes().count(b"\n") == 1, "the first line")
        with file.open("ab") as more:
            more.write(entry(2, _id=2))
        wait_until(lambda: out.read_bytes().count(b"\n") == 2, "the second line")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == -signal.SIGTERM
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("redirection, said", [("1</dev/null", b"stdout is closed"), ("0>/dev/null", b"standard input is closed")])
def test_a_descriptor_that_is_open_the_wrong_way_is_like_a_closed_one(mongotail, redirection, said):
    done = run(mongotail, redirection, "--file", "-")
    assert done.returncode == 1 and said in done.stderr, done
