"""From a signal to the end: what is half done is finished, and nothing is waited for that helps nobody.

A loaded machine adds what it wants to a single time, so the shortest of several counts.
"""

import array
import fcntl
import os
import signal
import socket
import subprocess
import termios

import pytest
from support import wait_until
from support.saved import SAMPLE, entry, write

TRIES = 8


def waiting_in(pipe):
    """Bytes that have been written to it and not been read."""
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def shortest(times):
    print("ms:", *(round(seconds * 1000) for seconds in times))
    return min(times)


def test_nothing_is_waited_for_before_there_is_output(mongotail):
    """No call into the driver can be woken, and there is nothing that it could finish."""
    times = []
    with socket.create_server(("127.0.0.1", 0)) as black_hole:
        for _ in range(TRIES):
            with mongotail.tail("mongodb://{}:{}/".format(*black_hole.getsockname()), verbose=False) as tail:
                black_hole.accept()
                times.append(tail.end_by(signal.SIGTERM))
                tail.ended(-signal.SIGTERM)
    assert shortest(times) < 0.1


def test_a_reader_that_takes_nothing_holds_the_end_up_for_half_of_the_200_ms(mongotail, tmp_path):
    file = write(tmp_path / "oplog.bson", *[SAMPLE.read_bytes()] * 20)
    times = []
    for _ in range(TRIES):
        read, write_end = os.pipe()
        with mongotail.tail("--file", file, verbose=False, stdout=write_end) as tail:
            os.close(write_end)
            wait_until(lambda: waiting_in(read) > 60_000, "a full pipe")
            times.append(tail.end_by(signal.SIGTERM))
            tail.ended(-signal.SIGTERM)
        os.close(read)
    assert shortest(times) < 0.145


@pytest.mark.parametrize("flags, printed", [(["-n", 3], False), (["-n", 3, "--summary"], True), (["--limit", 3], True)],
                         ids=["-n", "-n with --summary", "--limit"])
def test_the_last_lines_of_a_part_are_not_printed_for_the_last_of_all(mongotail, flags, printed):
    process = subprocess.Popen(mongotail.argv(("--file", "-", *flags)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               env=mongotail.environment())
    for second in (1, 2):
        os.write(process.stdin.fileno(), entry(second, _id=second))
        wait_until(lambda: waiting_in(process.stdin) == 0, "the entry to be read")
    out = b""
    if flags[0] == "--limit":
        out += process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    out += process.stdout.read()
    assert process.wait(10) == -signal.SIGTERM
    assert bool(out) == printed, out
    process.stdin.close()
