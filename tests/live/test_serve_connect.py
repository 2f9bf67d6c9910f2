"""`mongotail --connect`: another mongotail's stream, with all that the program can do."""

import json
import signal
import socket
import threading
import time

import bson
import pytest
from support import Certificates, Mongotail, ReplicaSet
from support.serve import Server


@pytest.fixture(scope="module")
def server(rs: ReplicaSet, tmp_path_factory: pytest.TempPathFactory):
    with Server(Mongotail(home=tmp_path_factory.mktemp("home")), rs.uri) as server:
        yield server


@pytest.fixture
def written(db) -> str:
    """A database in which something of each kind has happened."""
    db.create_collection("orders")
    db.things.insert_many([{"_id": i, "text": "ä\n", "f": 1.5} for i in range(20)])
    db.things.update_one({"_id": 3}, {"$set": {"f": 2.0}})
    with db.client.start_session() as session, session.start_transaction():
        db.orders.insert_many([{"_id": i} for i in range(5)], session=session)
        db.things.delete_one({"_id": 4}, session=session)
    db.things.drop()
    return db.name


@pytest.mark.parametrize("flags", [
    ["-o", "json"], ["-o", "json", "--jsonFormat", "canonical"], ["-o", "bson"], ["-o", "short", "--utc"],
    ["-o", "pretty", "--utc"], ["--format", "{ts} {op} {ns} {id} {o.f}"], ["--summary"], ["--summary", "-o", "json"],
    ["--summary-by", "op,field", "--sort", "count"],
    ["--op", "i,c"], ["--id", "3"], ["--changed", "f"], ["-q", '{"o.f": {"$gt": 1}}'], ["--limit", "7"], ["-n", "9"],
], ids=" ".join)
def test_it_prints_what_a_run_of_its_own_prints(server, mongotail, rs, written, flags):
    selection = ["--ns", f"{written}.*", "--since", "1h", "--no-follow", *flags]
    direct = mongotail.run(*selection, rs.uri).ok()
    through = mongotail.run(*selection, "--connect", server.address).ok()
    assert through.raw == direct.raw and direct.raw


def test_it_follows(server, mongotail, db):
    with mongotail.tail("--connect", server.address, "--ns", f"{db.name}.*", "--op", "i") as tail:
        tail.wait_following()
        for i in range(3):
            db.things.insert_one({"_id": i})
            assert tail.wait_json(i + 1)[i]["o"] == {"_id": i}
        seconds = tail.end_by(signal.SIGINT)
        assert tail.process.returncode == -signal.SIGINT and seconds < 5


def test_it_ends_at_a_time_and_at_a_limit(server, mongotail, db):
    db.things.insert_many([{"_id": i} for i in range(5)])
    selection = ["--connect", server.address, "--ns", f"{db.name}.*", "--since", "1h", "--op", "i"]
    assert len(mongotail.run(*selection, "--until", "now").ok().lines) == 5
    assert len(mongotail.run(*selection, "--limit", 2).ok().lines) == 2


def test_a_cursor_file_resumes_where_it_stopped_also_inside_a_transaction(server, mongotail, rs, db, tmp_path):
    db.create_collection("orders")
    flags = ["--cursor-file", tmp_path / "cursor", "--ns", f"{db.name}.*", "--op", "i", "--since", "1h"]
    with db.client.start_session() as session, session.start_transaction():
        db.orders.insert_many([{"_id": i} for i in range(5)], session=session)
    first = mongotail.run(*flags, "--connect", server.address, "--limit", 2).ok()
    assert "#1" in (tmp_path / "cursor").read_text()
    # The same file is good for the set itself, and back.
    second = mongotail.run(*flags, rs.uri, "--limit", 2).ok()
    third = mongotail.run(*flags, "--connect", server.address, "--no-follow").ok()
    got = [entry["o"]["_id"] for run in (first, second, third) for entry in run.json()]
    assert got == [0, 1, 2, 3, 4]


def test_the_cursor_file_is_there_before_anything_matches(server, mongotail, db, tmp_path):
    with mongotail.tail("--connect", server.address, "--cursor-file", tmp_path / "cursor", "--ns", "no.where") as tail:
        tail.wait_for(lambda _: (tmp_path / "cursor").exists(), "the cursor file")


def test_restarts_of_the_server_lose_nothing_and_repeat_nothing(mongotail, rs, db, tmp_path):
    path = tmp_path / "tail.sock"
    stop, written = threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            db.things.insert_many([{"_id": len(written) + k} for k in range(5)])
            written.extend(range(5))

    writer = threading.Thread(target=write)
    with mongotail.tail("--connect", f"unix:{path}", "--ns", f"{db.name}.*", "--op", "i") as tail:
        # There is nobody yet.
        tail.ended(1, "can't connect", str(path), "try: ")
    server = Server(mongotail, rs.uri, listen=f"unix:{path}").__enter__()
    try:
        with mongotail.tail("--connect", f"unix:{path}", "--ns", f"{db.name}.*", "--op", "i") as tail:
            tail.wait_following()
            writer.start()
            for round, end in enumerate((signal.SIGTERM, signal.SIGKILL), 1):
                tail.wait_lines(len(tail.lines) + 50)
                server.tail.end_by(end)
                path.unlink(missing_ok=True)
                tail.wait_for(lambda t: t.stderr.count("connection lost") == round, "the loss")
                server = Server(mongotail, rs.uri, listen=f"unix:{path}").__enter__()
                tail.wait_back(times=round)
            stop.set()
            writer.join()
            tail.wait_lines(len(written))
            assert [entry["o"]["_id"] for entry in tail.json()] == list(range(len(written)))
    finally:
        stop.set()
        server.__exit__()


def test_ctrl_c_ends_it_while_the_server_is_away(mongotail, rs, tmp_path):
    path = tmp_path / "tail.sock"
    with Server(mongotail, rs.uri, listen=f"unix:{path}") as server, \
            mongotail.tail("--connect", f"unix:{path}") as tail:
        tail.wait_following()
        server.tail.end_by(signal.SIGTERM)
        tail.wait_stderr("connection lost")
        seconds = tail.end_by(signal.SIGINT)
        assert tail.process.returncode == -signal.SIGINT and seconds < 5


def test_a_server_that_says_nothing_does_not_keep_it_from_ending(mongotail):
    with socket.create_server(("127.0.0.1", 0)) as silent, \
            mongotail.tail("--connect", f"127.0.0.1:{silent.getsockname()[1]}") as tail:
        peer, _ = silent.accept()
        with peer:
            assert peer.recv(1)
            assert tail.end_by(signal.SIGTERM) < 5
        assert tail.process.returncode == -signal.SIGTERM


def test_a_start_that_is_gone_ends_as_it_does_without_a_server_between(server, mongotail, rs):
    gone = ["--after-cursor", "1000000000:1@1"]
    direct = mongotail.run(*gone, rs.uri)
    through = mongotail.run(*gone, "--connect", server.address)
    assert direct.status in (1, 3) and through.status == direct.status, through
    assert server.address in through.stderr


def test_the_token_is_sent(mongotail, rs, db, tmp_path):
    token, wrong = tmp_path / "token", tmp_path / "wrong"
    for path, text in ((token, "right"), (wrong, "wrong")):
        path.write_text(text)
        path.chmod(0o600)
    with Server(mongotail, rs.uri, "--token-file", token) as server:
        flags = ["--connect", server.address, "--no-follow", "--ns", db.name]
        mongotail.run(*flags, "--token-file", token).ok()
        for bad in ([], ["--token-file", wrong]):
            mongotail.run(*flags, *bad).ended(1, "401", "--token-file")


def test_tls_is_checked(mongotail, rs, db, tmp_path):
    good, other = Certificates(tmp_path), tmp_path / "other"
    other.mkdir()
    elsewhere = Certificates(other, names="DNS:elsewhere.example")
    with Server(mongotail, rs.uri, "--listen-tlsCertificateKeyFile", good.server_pem, ca_pem=good.ca_pem) as server:
        flags = ["--connect", server.address, "--no-follow", "--ns", db.name]
        mongotail.run(*flags, "--tlsCAFile", good.ca_pem).ok()
        mongotail.run(*flags, "--tlsAllowInvalidCertificates").ok()
        for bad in ([], ["--tlsCAFile", elsewhere.ca_pem]):
            mongotail.run(*flags, *bad).ended(1, "certificate", "--tlsCAFile")
    with Server(mongotail, rs.uri, "--listen-tlsCertificateKeyFile", elsewhere.server_pem,
                ca_pem=elsewhere.ca_pem) as server:
        flags = ["--connect", server.address, "--no-follow", "--ns", db.name, "--tlsCAFile", elsewhere.ca_pem]
        mongotail.run(*flags).ended(1, "certificate")
        mongotail.run(*flags, "--tlsAllowInvalidHostnames").ok()


def test_what_is_not_a_mongotail_is_reported(mongotail, rs):
    with socket.create_server(("127.0.0.1", 0)) as web:
        def answer() -> None:
            peer, _ = web.accept()
            with peer:
                peer.recv(1 << 16)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi")

        threading.Thread(target=answer, daemon=True).start()
        run = mongotail.run("--connect", f"127.0.0.1:{web.getsockname()[1]}")
        run.ended(1, "is not a mongotail serve", "try: ")


def test_what_it_may_not_see_it_does_not_see(mongotail, rs, db):
    with Server(mongotail, rs.uri, "--ns", f"{db.name}.things") as server:
        db.secrets.insert_one({"_id": 1})
        db.things.insert_one({"_id": 2})
        run = mongotail.run("--connect", server.address, "--since", "1h", "--no-follow", "--op", "i", "--ns", db.name)
        assert [json.loads(line)["o"]["_id"] for line in run.ok().lines] == [2]


class Misbehaving:
    """Answers each request with the frames that `frames(n)` gives for the n-th connection, and hangs up."""

    def __init__(self, frames) -> None:
        self.times: list[float] = []
        self._frames = frames
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> "Misbehaving":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()

    def _serve(self) -> None:
        try:
            while True:
                peer, _ = self._listening.accept()
                with peer:
                    peer.recv(1 << 16)
                    self.times.append(time.monotonic())
                    frames = b"".join(bson.encode(frame) for frame in self._frames(len(self.times)))
                    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.mongotail.frames\r\n\r\n" + frames)
        except OSError:
            pass


@pytest.mark.parametrize("frames", [
    lambda n: [{"at": f"1700000000:{9 if n % 2 else 5}@1"}], lambda n: [{"at": f"1700000000:{n}@1"}],
    lambda n: [{"at": "1700000000:1@1"}], lambda n: [],
    lambda n: [{"end": {"end": "shutdown", "error": "the server goes down", "cursor": ""}}],
], ids=["to and fro", "ahead", "nowhere", "nothing", "shutdown"])
def test_a_server_that_hangs_up_again_and_again_is_asked_ever_less_often(mongotail, frames):
    with Misbehaving(frames) as server, mongotail.tail("--connect", server.address) as tail:
        tail.wait_for(lambda _: len(server.times) >= 6, "six connections")
        assert server.times[5] - server.times[0] > 2, server.times


def test_what_a_server_sends_again_is_not_printed_again(mongotail):
    def frames(n: int) -> list[dict]:
        def operation(i: int) -> dict:
            return {"at": f"1700000000:{i}@1", "o": {"ts": bson.Timestamp(1700000000, i), "op": "i", "ns": "a.b", "o": {"_id": i}}}
        return [operation(i) for i in {1: (3, 4), 2: (4, 5), 3: (2, 3)}.get(n, (n + 1, n + 2))]

    with Misbehaving(frames) as server, mongotail.tail("--connect", server.address) as tail:
        tail.wait_lines(4)
        assert [entry["o"]["_id"] for entry in tail.json()][:4] == [3, 4, 5, 6]
        assert "went back from 1700000000:4@1 to 1700000000:2@1" in tail.stderr
