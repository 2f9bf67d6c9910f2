"""`mongotail serve` among clients that are slow, wrong or hostile: plain and with TLS."""

import json
import socket
import ssl
import subprocess
import time

import pytest
from support import Certificates, Mongotail, ReplicaSet, wait_until
from support.serve import Server

HOST = b"Host: localhost\r\n"
SMUGGLED = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def server(rs: ReplicaSet, tmp_path_factory: pytest.TempPathFactory):
    with Server(Mongotail(home=tmp_path_factory.mktemp("home")), rs.uri, "--max-subscribers", "50") as server:
        yield server


@pytest.fixture(scope="module")
def tls_server(rs: ReplicaSet, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("tls")
    certificates = Certificates(folder)
    with Server(Mongotail(home=folder), rs.uri, "--max-subscribers", "50", "--listen-tlsCertificateKeyFile",
                certificates.server_pem, ca_pem=certificates.ca_pem) as server:
        yield server


def connect(server: Server, timeout: float = 30) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=timeout)


def connect_tls(server: Server, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=server._ca_pem)
    context.maximum_version = newest
    return context.wrap_socket(connect(server), server_hostname="127.0.0.1")


def until_end(peer: socket.socket) -> bytes:
    received = b""
    try:
        while data := peer.recv(1 << 16):
            received += data
    except ConnectionResetError:
        pass
    return received


def answers(server: Server, sent: bytes) -> bytes:
    """All that comes back until the server closes the connection, as it must by itself."""
    with connect(server, timeout=8) as peer:
        peer.sendall(sent)
        return until_end(peer)


def gets_an_operation(server: Server, db, **options) -> None:
    with server.subscribe(ns=f"{db.name}.*", op="i", limit=1, **options) as subscriber:
        db.things.insert_one({})
        assert len(subscriber.wait_end()) == 1


@pytest.mark.parametrize("head", [
    b"Transfer-Encoding: gzip\r\n", b"Transfer-Encoding: chunked, gzip\r\n", b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding: xchunked\r\n", b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding:\x0bchunked\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", b"Transfer-Encoding : chunked\r\n",
    b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
    b"Content-Length: 0\r\nContent-Length: 44\r\n", b"Content-Length: 44\r\nContent-Length: 44\r\n",
    b"Content-Length: 0, 44\r\n", b"Content-Length: 44\r\n", b"Content-Length: -1\r\n", b"Content-Length: +0\r\n",
    b"Content-Length: 0x2c\r\n", b"Content-Length: 99999999999999999999\r\n", b"Content-Length:\r\n",
    b"X: y\r\n Content-Length: 44\r\n", b"X: y\r\n\tz\r\n", b"X: y\nContent-Length: 44\r\n", b"X: y\rz\r\n", b"X: \0\r\n",
    b"Host: localhost\r\n", b"Host: 127.0.0.1\r\n", b": y\r\n", b"no colon\r\n",
])
@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_no_second_request_hides_in_one_that_others_might_read_differently(server, method, head):
    got = answers(server, method + b" /healthz HTTP/1.1\r\n" + HOST + head + b"\r\n" + SMUGGLED)
    assert got.startswith(b"HTTP/1.1 400 ") and got.count(b"HTTP/1.1 ") == 1, got
    assert b"\r\nConnection: close\r\n" in got


@pytest.mark.parametrize("body", [
    b"0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"0\r\nX: trailer\r\n\r\n", b"-1\r\n", b"ffffffffffffffffff\r\n", b"5;x=\r\nhello\r\n",
    b"5\nhello\n0\n\n",
])
def test_a_chunked_body_ends_the_connection_whatever_is_in_it(server, body):
    got = answers(server, b"POST /tail HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + body + SMUGGLED)
    assert got.startswith(b"HTTP/1.1 400 ") and got.count(b"HTTP/1.1 ") == 1, got


@pytest.mark.parametrize("request_line, status", [
    (b"GET /healthz HTTP/1.1\r\n", b"400"), (b"GET /healthz HTTP/2.0\r\n", b"505"), (b"GET /healthz\r\n", b"400"),
    (b"GET  /healthz HTTP/1.1\r\n" + HOST, b"400"), (b"GET healthz HTTP/1.1\r\n" + HOST, b"400"),
    (b"GET /healthz#x HTTP/1.1\r\n" + HOST, b"400"), (b"GET ftp://localhost/ HTTP/1.1\r\n" + HOST, b"400"),
    (b"GET /healthz HTTP/1.1\r\nHost: localhost:80@evil.example\r\n", b"400"),
    (b"GET /healthz HTTP/1.1\r\nHost: localhost, evil.example\r\n", b"400"),
    (b"GET http://x@localhost/healthz HTTP/1.1\r\n" + HOST, b"400"), (b"CONNECT localhost:80 HTTP/1.1\r\n" + HOST, b"400"),
    (b"GET /healthz HTTP/1.1\n" + HOST, b"400"),
])
def test_a_request_that_is_not_valid_is_refused_and_the_connection_closed(server, request_line, status):
    got = answers(server, request_line + b"\r\n" + SMUGGLED)
    assert got.startswith(b"HTTP/1.1 " + status) and got.count(b"HTTP/1.1 ") == 1, got
    assert "error" in json.loads(got.partition(b"\r\n\r\n")[2])


def test_absolute_targets_work_and_their_host_counts(server, db):
    def status(target: str, host: bytes) -> bytes:
        head = f"GET {target} HTTP/1.1\r\n".encode() + host + b"Connection: close\r\n\r\n"
        return answers(server, head).split(b" ", 2)[1]

    for target in (f"http://localhost:{server.port}/healthz", "HTTP://127.0.0.1/healthz", "https://[::1]:1/healthz"):
        assert status(target, HOST) == b"200", target
    assert status("http://localhost/healthz", b"Host: evil.example\r\n") == b"200"
    assert status("http://evil.example/healthz", HOST) == b"421"
    assert status("http://localhost?x", HOST) == b"404"
    db.things.insert_one({"_id": 7})
    target = f"http://localhost/tail?ns={db.name}.things&since=1h&op=i&no-follow=true"
    got = answers(server, f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert got.startswith(b"HTTP/1.1 200 ") and b'"_id":7' in got


def test_requests_that_are_sent_together_are_answered_in_their_order(server):
    got = answers(server, b"GET /healthz HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n\r\n" + b"\r\n" + SMUGGLED
                  + b"GET /none HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    statuses = [part.split(b" ", 1)[0] for part in got.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"200", b"404"]


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "tls"])
def test_a_header_that_is_too_large_is_refused_before_it_ends(server, tls_server, is_tls):
    with connect_tls(tls_server) if is_tls else connect(server) as peer:
        peer.sendall(b"GET /tail HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 20_000)
        assert peer.recv(1 << 16).startswith(b"HTTP/1.1 431 ")


def test_one_that_has_gone_is_forgotten_long_before_the_next_heartbeat(server):
    wait_until(lambda: server.metric("subscribers") == 0, "those before to be forgotten")
    with connect(server) as peer:
        peer.sendall(b"GET /tail HTTP/1.1\r\n" + HOST + b"\r\n")
        peer.recv(1 << 16)
        assert server.metric("subscribers") == 1
    wait_until(lambda: server.metric("subscribers") == 0, "it to be forgotten", timeout=8)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_client_that_sends_no_more_still_gets_its_stream(server, db, version):
    with connect(server) as peer:
        peer.sendall(f"GET /tail?ns={db.name}.things&op=i HTTP/{version}\r\nHost: localhost\r\n\r\n".encode())
        peer.shutdown(socket.SHUT_WR)
        head = b""
        while b"\r\n\r\n" not in head:
            head += peer.recv(1 << 16)
        for i in range(3):
            # Longer than it takes to notice that a client has gone.
            time.sleep(1.5 if i == 1 else 0)
            db.things.insert_one({"_id": i, "mark": f"number {i}"})
            while f"number {i}".encode() not in head:
                data = peer.recv(1 << 16)
                assert data, head
                head += data


def test_slow_clients_are_hung_up_on_and_keep_nobody_out(server, tls_server, db):
    """Slow handshakes, slow headers and slow bodies, all at once; a byte now and then does not help."""
    slow = [(connect(server), b"GET /tail HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100),
            (connect(server), b"\r\n" * 100), (connect(server), b"GET /tail"), (connect(server), b""),
            (connect(tls_server), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100),
            (connect(tls_server), b""), (connect_tls(tls_server), b"GET /tail HTTP/1.1\r\nX: " + b"x" * 100),
            (connect_tls(tls_server), b"")]
    # A record that is never whole, behind a handshake that is.
    partial = connect_tls(tls_server)
    slow.append((socket.socket(fileno=partial.detach()), b"\x17\x03\x03\x40\x00" + b"\0" * 100))
    kept = connect(server)
    kept.sendall(SMUGGLED)
    kept.recv(1 << 20)
    slow.append((kept, SMUGGLED[:-2] + b"X" * 100))
    begun, open_ones, step = time.monotonic(), list(slow), 0
    while open_ones and time.monotonic() - begun < 25:
        for peer, text in open_ones[:]:
            try:
                if step < len(text):
                    peer.sendall(text[step:step + 1])
                peer.settimeout(0.001)
                if peer.recv(1 << 16) == b"":
                    raise ConnectionResetError
            except TimeoutError:
                pass
            except OSError:
                open_ones.remove((peer, text))
        time.sleep(0.3)
        step += 1
        if step in (3, 20):
            gets_an_operation(server, db)
            gets_an_operation(tls_server, db)
    assert not open_ones and 8 < time.monotonic() - begun < 20, open_ones
    for peer, _ in slow:
        peer.close()


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "tls"])
def test_thousands_of_idle_connections_keep_no_subscriber_out(server, tls_server, db, is_tls):
    attacked = tls_server if is_tls else server
    idle = []
    try:
        for _ in range(1500):
            idle.append(connect(attacked))
        begun = time.monotonic()
        gets_an_operation(attacked, db)
        assert time.monotonic() - begun < 9, "it had to wait until the idle ones were out of time"
        # Only then is everybody who connected among those that the server knows.
        assert attacked.metric("connections") <= 1100
    finally:
        for peer in idle:
            peer.close()


def test_tls_on_the_plain_port_is_refused_at_once(server):
    begun = time.monotonic()
    with pytest.raises(ssl.SSLError), connect(server) as peer:
        ssl.create_default_context().wrap_socket(peer, server_hostname="127.0.0.1")
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("sent", [SMUGGLED, b"\x16\x03\x01\xff\xff" + b"x" * 70_000, b"\x17\x03\x03\x00\x05hello",
                                  b"\x15\x03\x01\x00\x02\x02\x28", b"\0" * 1000])
def test_what_is_not_a_handshake_ends_a_connection_with_tls(tls_server, sent):
    with connect(tls_server, timeout=8) as peer:
        try:
            peer.sendall(sent)
        except OSError:
            return
        assert b"HTTP" not in until_end(peer)


def test_old_versions_of_tls_and_renegotiation_are_refused(tls_server):
    address = f"127.0.0.1:{tls_server.port}"
    old = subprocess.run(["openssl", "s_client", "-connect", address, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
                         input=b"", capture_output=True, timeout=20)
    assert old.returncode != 0
    # "R" on a line of its own makes the client ask for a new handshake.
    again = subprocess.run(["openssl", "s_client", "-connect", address, "-tls1_2"], input=b"R\n", capture_output=True,
                           timeout=20)
    assert b"no renegotiation" in again.stderr, again.stderr[-500:]


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=lambda version: version.name)
def test_a_subscriber_that_closes_its_side_of_tls_still_gets_its_stream(tls_server, db, newest):
    with connect_tls(tls_server, newest) as peer:
        peer.sendall(f"GET /tail?ns={db.name}.things&op=i&limit=1 HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        assert peer.recv(1 << 16).startswith(b"HTTP/1.0 200 ")
        peer.settimeout(0.2)
        with pytest.raises((TimeoutError, ssl.SSLError)):
            peer.unwrap()
        peer.settimeout(20)
        db.things.insert_one({"_id": "late"})
        # Python's layer reads no more once it has sent its close; the bytes have to come all the same.
        with socket.socket(fileno=peer.detach()) as beneath:
            beneath.settimeout(20)
            assert len(until_end(beneath)) > 100
