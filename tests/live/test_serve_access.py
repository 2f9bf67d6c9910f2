"""`mongotail serve`: who reaches it, and how; what it refuses."""

import json
import socket
import ssl
import stat

import pytest
from support import Certificates, Mongotail, ReplicaSet, program, wait_until
from support.serve import Server


@pytest.fixture(scope="module")
def server(rs: ReplicaSet, tmp_path_factory: pytest.TempPathFactory):
    with Server(Mongotail(home=tmp_path_factory.mktemp("home")), rs.uri) as server:
        yield server


@pytest.mark.parametrize("parameters, said", [
    ("op=x", "op: "), ("id=%7B", "id: "), ("query=%7B%22a%22%3A%7B%22%24foo%22%3A1%7D%7D", "$foo"), ("since=yore", "since: "),
    ("nss=a.b", "unknown parameter nss"), ("limit=-1", "limit: "), ("no-follow=maybe", "no-follow: "),
    ("color=never", "unknown parameter color"), ("file=/etc/passwd", "unknown parameter file"),
    ("after-cursor=x", "after-cursor: "), ("config=/etc/passwd", "unknown parameter config"),
])
def test_a_wrong_parameter_is_refused_with_its_name(server, parameters, said):
    status, error = server.refusal(f"/tail?{parameters}")
    assert status == 400 and said in error["error"] and "--" not in error["error"], error


def test_a_parameter_nearly_right_is_pointed_out(server):
    _, error = server.refusal("/tail?ns-exlude=a")
    assert "ns-exclude" in error["hint"]


def test_a_wrong_last_event_id_is_refused(server):
    assert server.refusal("/tail", headers={"Last-Event-ID": "yesterday"})[0] == 400


def test_values_of_parameters_are_not_taken_for_flags(server, db):
    """What begins with a dash, or holds a blank, is still the value."""
    with server.subscribe(ns=f"{db.name}.*", id="--internal x", limit=1) as subscriber:
        db.things.insert_one({"_id": "--internal x"})
        assert json.loads(subscriber.wait_end()[0])["o"] == {"_id": "--internal x"}


def test_what_happens_is_counted(server, db):
    entries, operations, sent = (server.metric(f"{name}_total") for name in ("entries", "operations", "sent_bytes"))
    with server.subscribe(ns=f"{db.name}.*", op="i") as subscriber:
        db.things.insert_many([{"_id": i} for i in range(5)])
        subscriber.wait_lines(5)
        assert server.metric("subscribers") >= 1
    assert server.metric("entries_total") >= entries + 5 and server.metric("operations_total") >= operations + 5
    assert server.metric("sent_bytes_total") > sent and server.metric("up") == 1
    assert 0 <= server.metric("lag_seconds") < 60


def test_a_subscriber_that_has_gone_is_forgotten(server, db):
    for _ in range(2):
        wait_until(lambda: server.metric("subscribers") == 0, "those before to be forgotten")
        with server.subscribe(ns=f"{db.name}.*"):
            assert server.metric("subscribers") == 1


def test_a_unix_socket_is_its_owners_alone_and_goes_with_the_server(mongotail, rs, db, tmp_path):
    path = tmp_path / "tail.sock"
    with Server(mongotail, rs.uri, listen=f"unix:{path}") as server:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with server.subscribe(ns=f"{db.name}.things", limit=1, op="i") as subscriber:
            db.things.insert_one({"_id": 1})
            assert len(subscriber.wait_end()) == 1
        server.tail.end_by(15)
    assert not path.exists()


def test_a_unix_socket_can_be_others_too_and_one_left_behind_is_replaced(mongotail, rs, tmp_path):
    path = tmp_path / "tail.sock"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(path))
    with Server(mongotail, rs.uri, "--socket-mode", "0660", listen=f"unix:{path}") as server:
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        assert server.request("/healthz")[0] == 200
        mongotail.run("serve", "--listen", f"unix:{path}", rs.uri).ended(1, "can't listen on", str(path))
        assert server.request("/healthz")[0] == 200


def token_file(folder, text: str, mode: int = 0o600):
    path = folder / "token"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_other_machines_need_the_token(mongotail, rs, tmp_path, db):
    path = token_file(tmp_path, "s3cret-token\n")
    with Server(mongotail, rs.uri, "--token-file", path, listen="0.0.0.0:0") as server:
        assert "TLS" in server.tail.stderr
        for headers in ({}, {"Authorization": "Bearer other"}, {"Authorization": "Basic s3cret-token"}):
            assert server.refusal("/tail", headers=headers)[0] == 401
        good = {"Authorization": "Bearer s3cret-token"}
        with server.subscribe(headers=good, ns=f"{db.name}.things", op="i", limit=1) as subscriber:
            db.things.insert_one({"_id": 1})
            assert len(subscriber.wait_end()) == 1
        assert "s3cret" not in server.tail.stderr


@pytest.mark.parametrize("path, headers", [
    ("/tail?token=s3cret-token", {}),
    ("/tail?s3cret-token", {}),
    ("/tail?since=s3cret-token", {}),
    ("/tail?password=s3cret-token&ns=%", {}),
    ("/s3cret-token", {}),
    ("/tail", {"Authorization": "s3cret-token"}),
    ("/tail", {"Authorization": "Basic s3cret-token"}),
    ("/tail", {"Authorization": "Bearer x s3cret-token"}),
    ("/tail", {"Cookie": "token=s3cret-token"}),
    ("/tail", {"Origin": "https://ann:s3cret-token@h"}),
    ("/tail", {"Host": "ann:s3cret-token@h"}),
    ("/tail?since=s3cret-token", {"Authorization": "Bearer s3cret-token"}),
])
def test_serve_logs_no_secret_of_a_request(mongotail, rs, tmp_path, path, headers):
    file = token_file(tmp_path, "s3cret-token\n")
    with Server(mongotail, rs.uri, "--token-file", file) as server:
        assert server.refusal(path, headers=headers)[0] in (400, 401, 403, 404, 421)
        metrics = server.request("/metrics", headers={"Authorization": "Bearer s3cret-token"})[2]
        server.tail.terminate()
        server.tail.ended(-15)
        assert "s3cret" not in server.tail.stderr + metrics


@pytest.mark.parametrize("text, mode, said", [
    ("", 0o600, "empty"), ("\nsecond", 0o600, "empty"), ("to ken", 0o600, "not a token"), ("token", 0o604, "every user"),
])
def test_a_token_file_that_protects_nothing_is_refused(mongotail, rs, tmp_path, text, mode, said):
    path = token_file(tmp_path, text, mode)
    mongotail.run("serve", "--listen", "127.0.0.1:0", "--token-file", path, rs.uri).ended(1, "--token-file", said)


def test_it_speaks_tls(mongotail, rs, tmp_path, db):
    certificates = Certificates(tmp_path)
    with Server(mongotail, rs.uri, "--listen-tlsCertificateKeyFile", certificates.server_pem,
                ca_pem=certificates.ca_pem) as server:
        assert server.address.startswith("https://127.0.0.1:")
        with server.subscribe(ns=f"{db.name}.things", op="i", limit=300) as subscriber:
            db.things.insert_many([{"_id": i, "pad": "x" * 2000} for i in range(300)])
            assert [json.loads(line)["o"]["_id"] for line in subscriber.wait_end()] == list(range(300))
        with socket.create_connection(("127.0.0.1", server.port)) as plain:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            plain.settimeout(10)
            assert b"HTTP/" not in plain.recv(100)


def test_the_end_of_a_stream_over_tls_is_told_from_a_cut(mongotail, rs, tmp_path, db):
    """Without chunks, TLS's own close is all that tells a client of HTTP/1.0 that it has everything."""
    certificates = Certificates(tmp_path)
    context = ssl.create_default_context(cafile=str(certificates.ca_pem))
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    with Server(mongotail, rs.uri, "--listen-tlsCertificateKeyFile", certificates.server_pem,
                ca_pem=certificates.ca_pem) as server, \
            socket.create_connection(("127.0.0.1", server.port), timeout=20) as plain, \
            context.wrap_socket(plain, server_hostname="127.0.0.1", suppress_ragged_eofs=False) as connection:
        db.things.insert_one({"_id": 1})
        connection.sendall(f"GET /tail?ns={db.name}.things&since=oldest&op=i&limit=1 HTTP/1.0\r\n"
                           f"Host: localhost\r\n\r\n".encode())
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert json.loads(received.partition(b"\r\n\r\n")[2])["o"] == {"_id": 1}


def test_a_certificate_that_is_none_is_refused(mongotail, rs, tmp_path):
    path = tmp_path / "cert.pem"
    path.write_text("nothing\n")
    mongotail.run("serve", "--listen", "127.0.0.1:0", "--listen-tlsCertificateKeyFile", path,
                  rs.uri).ended(1, "--listen-tlsCertificateKeyFile")


def test_a_server_that_has_been_away_for_long_sends_new_subscribers_away(server_version, mongotail):
    with ReplicaSet(1, server_version) as rs, Server(mongotail, rs.uri) as server, rs.client() as client, \
            server.subscribe(ns="a.b", op="i") as subscriber:
        rs.nodes[0].pause()
        try:
            wait_until(lambda: server.request("/healthz")[0] == 503, "it to notice", timeout=40)
            status, error = server.refusal("/tail")
            assert status == 503 and "unreachable" in error["error"]
        finally:
            rs.nodes[0].resume()
        wait_until(lambda: server.request("/healthz")[0] == 200, "it to hear of it again", timeout=40)
        client.a.b.insert_one({"_id": 1})
        assert subscriber.wait_json(1)[0]["o"] == {"_id": 1}


def test_without_a_mongodb_server_it_ends_with_what_to_try(mongotail):
    run = mongotail.run("serve", "--listen", "127.0.0.1:0", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300")
    run.ended(1, "127.0.0.1:1", "try: ")


# Takes over the socket that is its stdin, as systemd hands it over.
ACTIVATED = 'exec 3<&0 </dev/null; export LISTEN_PID=$$ LISTEN_FDS=1; exec "$0" "$@"'


def test_it_takes_systemds_socket_over_and_says_when_it_is_ready(rs, db, tmp_path):
    activated = Mongotail(["/bin/sh", "-c", ACTIVATED, program()], home=tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listening, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(20)
        with Server(activated, rs.uri, listen=None, stdin=listening,
                    env={"NOTIFY_SOCKET": str(tmp_path / "notify")}) as server:
            assert systemd.recv(100) == b"READY=1"
            assert server.port == listening.getsockname()[1]
            with server.subscribe(ns=f"{db.name}.things", op="i", limit=1) as subscriber:
                db.things.insert_one({"_id": 1})
                assert len(subscriber.wait_end()) == 1
            server.tail.end_by(15)
            assert systemd.recv(100) == b"STOPPING=1"


def test_a_socket_of_systemd_that_other_machines_reach_needs_a_token(rs, tmp_path):
    activated = Mongotail(["/bin/sh", "-c", ACTIVATED, program()], home=tmp_path)
    with socket.create_server(("0.0.0.0", 0)) as listening, activated.tail("serve", rs.uri, stdin=listening) as tail:
        tail.ended(2, "can be reached from other machines", "--token-file")
