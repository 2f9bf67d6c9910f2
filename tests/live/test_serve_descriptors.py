"""serve with stdin, stdout or stderr closed at the start: it needs none of them."""

import itertools
import json
import shlex
import signal
import subprocess

import pytest
from support.serve import UnixConnection
from support.wait import wait_until

CLOSING = {0: "<&-", 1: ">&-", 2: "2>&-"}
COMBINATIONS = [closed for count in range(1, 4) for closed in itertools.combinations(CLOSING, count)]


def healthy(socket) -> bool:
    try:
        connection = UnixConnection(str(socket), 5)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False


@pytest.mark.parametrize("closed", COMBINATIONS, ids=lambda closed: " ".join(map(CLOSING.get, closed)))
def test_closed_descriptors_keep_nothing_from_subscribers(mongotail, rs, db, tmp_path, closed):
    socket = tmp_path / "s"
    argv = mongotail.argv(["serve", "-v", "--listen", f"unix:{socket}", rs.uri])
    line = f"exec {shlex.join(argv)} {' '.join(CLOSING[fd] for fd in closed)}"
    process = subprocess.Popen(["bash", "-c", line], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env=mongotail.environment())
    try:
        wait_until(lambda: socket.exists() and healthy(socket), "serve to be healthy", 40)
        connection = UnixConnection(str(socket), 15)
        connection.request("GET", f"/tail?ns={db.name}.c&op=i&limit=2")
        response = connection.getresponse()
        assert response.status == 200
        for number in range(2):
            db.c.insert_one({"_id": number})
        assert [json.loads(response.readline())["o"]["_id"] for _ in range(2)] == [0, 1]
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == -signal.SIGTERM
    finally:
        process.kill()
        process.wait()
