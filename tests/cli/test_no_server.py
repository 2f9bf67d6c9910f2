"""Servers that are not there, or never answer."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import Mongotail, Tail, wait_until
from support.processes import free_port


@pytest.fixture
def black_hole() -> Iterator[socket.socket]:
    """It lets anybody connect, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def address(listener: socket.socket) -> str:
    return "{}:{}".format(*listener.getsockname())


@pytest.mark.parametrize("command", [[], ["--since", "oldest", "--no-follow"], ["serve", "--listen", "127.0.0.1:0"]], ids=["follow", "read", "serve"])
def test_a_refused_port_is_named_at_once_with_what_to_try(mongotail, command, record_property):
    """The usual patience with a server is 10 s, and the promise for one that refuses is 1 s."""
    server = f"127.0.0.1:{free_port()}"
    begin = time.monotonic()
    run = mongotail.run(*command, server)
    seconds = time.monotonic() - begin
    record_property("seconds", round(seconds, 2))
    assert seconds < 4, "a loaded machine gets more"
    run.ended(1, server, "nothing listens", "try: ", "host and port", "mongod")
    assert run.raw == b"" and len(run.stderr.splitlines()) == 2, run


def test_every_host_of_a_set_that_is_not_there_is_named_at_once(mongotail):
    hosts = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    begin = time.monotonic()
    mongotail.run(f"mongodb://{','.join(hosts)}/?replicaSet=rs0").ended(1, *hosts)
    assert time.monotonic() - begin < 4


def test_a_host_that_never_answers_is_waited_for_beside_one_that_refuses(mongotail, black_hole):
    refusing = f"127.0.0.1:{free_port()}"
    begin = time.monotonic()
    mongotail.run(f"mongodb://{refusing},{address(black_hole)}/?replicaSet=rs0&serverSelectionTimeoutMS=2500").ended(
        1, refusing, address(black_hole))
    assert time.monotonic() - begin >= 2.5


def test_a_socket_that_is_not_there_is_named_at_once(mongotail, tmp_path):
    begin = time.monotonic()
    mongotail.run(tmp_path / "mongodb-1.sock").ended(1, "mongodb-1.sock", "there is no socket", "try: ")
    assert time.monotonic() - begin < 4


def test_host_and_port_flags_name_the_server_as_a_uri_does(mongotail, black_hole):
    host, port = black_hole.getsockname()
    with mongotail.tail("--host", host, "--port", port):
        black_hole.accept()


def test_an_unknown_host_is_named_with_what_to_try(mongotail):
    run = mongotail.run("mongodb://nosuch.invalid/?serverSelectionTimeoutMS=300").ended(1, "nosuch.invalid", "try: ")
    assert len(run.stderr.splitlines()) == 2, run


def test_an_unknown_srv_name_is_named_with_what_to_try(mongotail):
    run = mongotail.run("mongodb+srv://db.nosuch.invalid/?serverSelectionTimeoutMS=300")
    run.ended(1, "db.nosuch.invalid", "try: ")
    assert len(run.stderr.splitlines()) == 2, run


def test_a_server_that_never_answers_is_given_up(mongotail, black_hole):
    mongotail.run(f"mongodb://{address(black_hole)}/?serverSelectionTimeoutMS=400&connectTimeoutMS=200").ended(
        1, address(black_hole), "try: ")


def speak_http(peer: socket.socket, patient: bool) -> None:
    """A server answers anything at once, or only a request that ends."""
    with peer:
        peer.settimeout(2)
        try:
            request = b""
            while patient and b"\r\n\r\n" not in request:
                part = peer.recv(4096)
                if not part:
                    return
                request += part
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        except OSError:
            pass


@pytest.mark.parametrize("options", ["", "/?tls=true", "/?replicaSet=rs0"])
@pytest.mark.parametrize("patient", [False, True])
def test_a_server_that_speaks_http_is_told_so(mongotail, options, patient):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        begin = time.monotonic()
        with mongotail.tail(f"mongodb://{address(listener)}{options}") as tail:
            listener.settimeout(0.05)
            while tail.alive:
                try:
                    peer, _ = listener.accept()
                except TimeoutError:
                    continue
                threading.Thread(target=speak_http, args=(peer, patient), daemon=True).start()
            tail.ended(1, address(listener), "speaks HTTP", "try: ", "--connect")
        assert time.monotonic() - begin < 6, "the usual patience with a server is 10 s"


def is_connecting_to(port: int) -> bool:
    """Whether some socket has asked for a connection to the port, and has no answer yet."""
    syn_sent = "02"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[2].endswith(f":{port:04X}") and row[3] == syn_sent for row in rows)


def child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def ends_by(tail: Tail, number: signal.Signals, record_property) -> None:
    seconds = tail.end_by(number)
    record_property("ms_until_the_end", round(seconds * 1000))
    print(f"{number.name}: ended after {seconds * 1000:.0f} ms")
    tail.ended(-number)
    assert seconds < 1, f"the contract is 200 ms, and a loaded machine gets 1 s\n{tail}"
    assert tail.raw == b"" and tail.stderr == "", tail


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_while_it_waits_for_a_server_that_never_answers(mongotail, black_hole, number, record_property):
    with mongotail.tail(address(black_hole), verbose=False) as tail:
        black_hole.accept()
        ends_by(tail, number, record_property)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_while_no_connection_is_had(mongotail, number, record_property):
    """The listener's queue is full, so that connecting itself waits."""
    with socket.socket() as full, socket.socket() as first:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        first.connect(full.getsockname())
        port = full.getsockname()[1]
        with mongotail.tail(address(full), verbose=False) as tail:
            wait_until(lambda: is_connecting_to(port), f"a connection attempt to port {port}")
            ends_by(tail, number, record_property)


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_shell_sees_the_signal_in_the_status(mongotail, black_hole, number, status):
    shell = Mongotail(["sh", "-c", '"$@"; exit $?', "sh", *mongotail.command])
    with shell.tail(address(black_hole), verbose=False) as tail:
        black_hole.accept()
        os.kill(child_of(tail.pid), number)
        tail.ended(status)


def test_an_unknown_option_of_the_uri_is_named_with_what_may_have_been_meant(mongotail):
    run = mongotail.run("mongodb://127.0.0.1:1/?replicaSat=rs0").ended(1)
    assert "the URI's option replicaSat is not known and has no effect; did you mean replicaSet?\n" in run.stderr
