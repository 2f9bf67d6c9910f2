"""Every example of the README, docs/, --help and the man pages does what its text says.

They run as they are written, in a shell on a terminal, on a set on which a small web shop is at work. Changed are only
addresses, times and folders, as a reader would change them. Of programs that may not be installed a stub says what it got.
"""

import re
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import pytest
from bson import ObjectId
from pymongo import MongoClient
from support import Mongotail, ReplicaSet, examples
from support.cli import ROOT, program
from support.saved import SAMPLE
from support.serve import Server
from support.terminal import Terminal
from support.wait import wait_until

sys.path.insert(0, str(ROOT / "scripts"))
from workload import Shop  # noqa: E402

WATCHED = ObjectId("6b03e7870a4b4654683d4b39")  # the order that the documents name
STUBS = {
    "mail": 'echo "mail to $3: $2: $(cat)"',
    "kcat": '[ "$1" = -C ] || exec sed -u "s/^/kcat $* got /"',
    "nats": 'echo "nats $1 $2 got $3"',
    "redis-cli": '[ $# -gt 0 ] || exec tee redis.out',
    "systemctl": 'echo "systemctl $*"',
    "journalctl": 'exec mongotail --config "$PWD/etc/mongotail/orders.conf" -o json --limit 3',
}

@dataclass(frozen=True)
class Row:
    """`part` is found in the example; `shows` and not `never` (both multi-line) in what it prints or writes."""

    part: str
    shows: str
    never: str = r"\0"
    follows: bool = True  # until Ctrl-C


TAIL = [
    # What it selects.
    Row("--ns app.users --op i mongodb://db1 | jq -c .o", r'^\{"_id":\d+,"name":"user \d+"', '"op"'),
    Row("| grep --line-buffered ada@example.com", r'"email":"ada@example\.com"', "grace@example.com"),
    Row('echo "order $id was deleted"', r"^mail to ops@example\.com: order deleted: order [0-9a-f]{24} was deleted$"),
    Row(">> shop.ndjson", r'^\{.*"ns":"shop\.carts"'),
    Row("--id 6b03e7870a4b4654683d4b39 --changed status",
        r'^\S+Z insert \{.*"status":"new".*\n(.*\n)*\S+Z update .*"status":"paid"', "shop.carts", follows=False),
    Row("mongotail --ns 'shop.*' mongodb://db1", r"following shop\.\* on rs0 at \S+ from \d+:\d+ \(\S+ \S+Z\); Ctrl-C stops\n"
        r"(.*\n)*┌ .*  transaction \d+\n(│ .*\n)+└ end of transaction, 2 operations\n"),
    Row("--op d,u -o short mongodb://db1", r"  (update|delete)   shop\.orders", r"  insert", follows=False),
    Row("| jq -c '[.wall, .o._id, .lsid.id, .txnNumber]'",
        # What deleteMany removed, and what deleteOne did.
        r'^\[.*,"of deleteMany",null,null\]\n(.*\n)*\[.*,"of deleteOne",\{"\$(binary|uuid)":.*\},\d+\]', follows=False),
    Row("--id 6b03e7870a4b4654683d4b39 --state", r"  ~ status: 'paid'\n  the document is now\n(    .*\n)*    ~ status: 'paid'",
        follows=False),
    # What fills the oplog.
    Row("--no-follow --summary mongodb://db1", r"^shop\.orders +insert +\d+ ", follows=False),
    Row("--summary-by op,field", r"^update +status +\d+ ", r"^shop", follows=False),
    Row("--summary-by hour --sort key", r"^\d{4}-\d\d-\d\d \d\d:00 +\d", follows=False),
    # That server knows no users; tests/live/test_users.py has one that does.
    Row("--by-user cleanup", r"look at .*--by-user", follows=False),
    Row("mongotail info --members", r"^127\.0\.0\.1:\d+ +PRIMARY +\d+:\d+ ", follows=False),
    Row("mongotail info -o json", r"^(\d+(\.\d+)?|null)$", follows=False),
    # A migration.
    Row("--summary --ns app.users", r"^app\.users +insert +\d+ "),
    Row("--changed schemaVersion -o short", r"  update   app\.users  \d+  .*schemaVersion: 2", "  insert "),
    Row("--ns app.users --op i,d,c -o short", r"  insert   app\.users", "  update "),
    Row("--until '2026-11-23 23:00' --summary -o json", r'^\{"ns":"shop\.orders","op":"i","count":\d+,"bytes":\d+,"first":',
        follows=False),
    # Queues.
    Row("--ns shop.orders mongodb://db1 | kcat", r'^kcat -P -b broker -t orders got \{.*"ns":"shop\.orders"'),
    Row("-K '|'", r'^kcat -P -b broker -t orders -K \| got [0-9a-f]{24}\|\{'),
    Row("| redis-cli > /dev/null", r'^XADD orders \* entry "\{\\"lsid\\"|^XADD orders \* entry "\{\\"op\\"'),
    Row("enable.idempotence", r'^kcat -P -b broker -t orders -X enable.idempotence=true got \{.*"cursor":"\d+:\d+@\d+"\}'),
    Row("nats pub shop.orders", r'^nats pub shop\.orders got \{.*"ns":"shop\.orders"'),
    # --help and the man pages.
    Row("--op i,u mongodb://db1,db2/?replicaSet=rs0", r"  (insert|update)   shop\.orders", "  delete "),
    Row("--since -1h --no-follow -o json | jq .o", r'^  "_id": ', follows=False),
    Row("--ns shop --id 6b03e7870a4b4654683d4b39", r'^\S+Z u \{.*"status":"paid"'),
    Row("mongotail mongodb://db1,db2/?replicaSet=rs0", r"following all operations on rs0(.*\n)+.*  insert   shop\.orders"),
    Row("--ns shop.orders --changed status --since -1h --no-follow", r"  update   shop\.orders  .*\n  ~ status: 'paid'",
        r"  delete ", follows=False),
    Row("""-q '{"o.status": "new"}'""", r"^[0-9a-f]{24} \d+ [a-z]+$", "^ "),
    Row("-d shop -c orders --op d -n 5", r"(.*  delete   shop\.orders  .*\n){5}", "  insert "),
    Row("--since oldest --no-follow --id 6b03e7870a4b4654683d4b39",
        r"  insert   shop\.orders  _id: ObjectId\('6b03e7870a4b4654683d4b39'\)(.*\n)+.*  update   shop\.orders  "
        r"_id: ObjectId\('6b03e7870a4b4654683d4b39'\)", r"_id: '", follows=False),
]
FILES = [
    Row("--file dump/oplog.bson", r"  insert   shop\.orders", r"  shop\.carts", follows=False),
    Row("--file printed.json", r"  insert   shop\.orders", r"  shop\.carts", follows=False),
    Row("--file tests/testdata/sample.bson", r"  insert   shop\.orders", r"  shop\.carts", follows=False),
]
SUBSCRIBERS = [
    Row("curl -N 'http://127.0.0.1:9994/tail?ns=shop.orders&op=i'", r'^\{.*"op":"i","ns":"shop\.orders"', '"op":"u"'),
    Row("--data-urlencode", r'^\{.*"ns":"shop\.orders".*"status":"new"', '"paid"'),
    Row("after-cursor=", r'^\{.*"ns":"shop\.orders"'),
    Row("mongotail --connect 127.0.0.1:9994 --ns shop.orders -o short", r"  (insert|update|delete)   shop\.orders"),
]
SERVERS = [
    Row("mongotail serve mongodb://db1,db2,db3/?replicaSet=rs0", r"serving on http://127\.0\.0\.1:\d+ from \d+:\d+"),
    Row("mongotail serve --ns shop mongodb://", r"serving on http://127\.0\.0\.1:\d+ from \d+:\d+"),
    Row("--listen unix:/run/mongotail.sock", r"serving on unix:\S*mongotail\.sock from"),
    Row("--allow-origin https://shop.example", r"serving on http://127\.0\.0\.1:\d+ from"),
    Row("--listen :9000", r"serving on http://127\.0\.0\.1:\d+ from"),
]
INFO = [
    Row("mongotail info --members mongodb://db1,db2,db3", r"^size +[\d.]+ \w?B of .*\n(.*\n)*\S+ +PRIMARY +\d+:\d+ +0 seconds ",
        follows=False),
    Row("mongotail info -o json mongodb://db1 | jq .hours", r"^[\d.e-]+$", follows=False),
    Row("jq '.hours, .hoursAtPresentRate'", r"^[\d.e-]+\n[\d.e-]+$", follows=False),
]
SERVICE = [
    Row("install -D -m 600 /dev/stdin /etc/mongotail/orders.conf", "^$", follows=False),
    Row("systemctl enable --now mongotail@orders", r"^systemctl enable --now mongotail@orders$", follows=False),
    Row("journalctl -u mongotail@orders", r'^  "status": "', follows=False),
]
# What other tests and scripts run.
ELSEWHERE = {
    "scripts/try": "tests/live/test_try.py", "scripts/test": "tests/cli/test_scripts.py",
    "apt install": "scripts/lib.sh", "dnf install": "", "brew install": "",
    "cmake --preset release": "scripts/test", "cmake --preset dev": "scripts/test", "ctest --preset dev": "scripts/test", "cmake --install": "tests/cli/test_package.py",
    "(cd build/release && cpack)": "tests/cli/test_package.py",
    # Several servers, and one that is not here.
    "mongodb://old/?replicaSet=rs0 mongodb://new/": "tests/live/test_several.py", "--label east": "tests/live/test_several.py",
    "--merge --file": "tests/cli/test_merge.py", "--sharded": "tests/live/test_sharded.py", "mongodb://mongos1": "",
    "mongodb+srv://cluster0": "",
}


def every_example(mongotail: Mongotail) -> list[str]:
    return examples.in_documents() + examples.in_man_pages() + examples.in_help(mongotail)


def with_part(part: str, mongotail: Mongotail) -> list[str]:
    return [example for example in every_example(mongotail) if part in example]


def test_every_example_is_run_by_a_test(mongotail):
    rows = [*TAIL, *FILES, *SUBSCRIBERS, *SERVERS, *INFO, *SERVICE]
    parts = [row.part for row in rows] + list(ELSEWHERE)
    assert not [example for example in every_example(mongotail) if not any(part in example for part in parts)]
    assert not [part for part in parts if not with_part(part, mongotail)]
    assert len(every_example(mongotail)) > 40


class Work:
    """The shop at work, and beside it an application whose users are migrated. One order is paid again and again."""

    def __init__(self, client: MongoClient) -> None:
        self._client = client
        self._shop = Shop(client)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.steps = 0

    def __enter__(self) -> "Work":
        for name in ("orders", "customers", "carts"):
            self._client.shop.create_collection(name)
        orders = self._client.shop.orders
        orders.insert_many([{"_id": WATCHED, "status": "new"}, {"_id": "of deleteMany"}, {"_id": "of deleteOne"}])
        orders.delete_many({"_id": "of deleteMany"})
        orders.delete_one({"_id": "of deleteOne"})
        for step in self._shop.opening():
            step()
        for _ in range(6):
            self._step()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _step(self) -> None:
        """All that the examples wait for."""
        users, orders, customers = self._client.app.users, self._client.shop.orders, self._client.shop.customers
        self.steps += 1
        users.insert_one({"_id": self.steps, "name": f"user {self.steps}"})
        users.update_one({"_id": self.steps}, {"$set": {"schemaVersion": 2}})
        customers.replace_one({"_id": "ada"}, {"email": "ada@example.com", "seen": self.steps})
        for status in ("new", "paid"):
            orders.update_one({"_id": WATCHED}, {"$set": {"status": status}})
        for step in (self._shop.fill_cart, self._shop.place_order, self._shop.pay, self._shop.place_order, self._shop.cancel):
            step()

    def _run(self) -> None:
        while not self._stop.wait(0.3):
            self._step()


@pytest.fixture(scope="module")
def rs(server_version: str | None) -> Iterator[ReplicaSet]:
    with ReplicaSet(1, server_version) as one:
        yield one


@pytest.fixture(scope="module")
def work(client: MongoClient) -> Iterator[Work]:
    with Work(client) as work:
        yield work


@pytest.fixture(scope="module")
def port(rs: ReplicaSet, work: Work, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of a `mongotail serve`."""
    with Server(Mongotail(home=tmp_path_factory.mktemp("home")), rs.uri) as server:
        yield server.port


class Shell:
    """Runs examples once they are pointed at this machine."""

    def __init__(self, rs: ReplicaSet, mongotail: Mongotail, folder: Path) -> None:
        self._rs = rs
        self.folder = folder / "work"
        self.folder.mkdir()
        programs = folder / "bin"
        programs.mkdir()
        (programs / "mongotail").symlink_to(program())
        for name, script in STUBS.items():
            (programs / name).write_text(f"#!/bin/sh\n{script}\n")
            (programs / name).chmod(0o755)
        self._env = mongotail.environment({"TERM": "xterm-256color", "MONGOTAIL_URI": rs.uri,
                                           "CREDENTIALS_DIRECTORY": str(self.folder), "STATE_DIRECTORY": str(self.folder)})
        self._env["PATH"] = f"{programs}:{self._env['PATH']}"

    def here(self, example: str) -> str:
        """With the addresses, times and folders of this run. Local time is UTC."""
        text = re.sub(r"mongodb://(\w+@)?[\w,]+(/\?replicaSet=rs0)?", rf"mongodb://\g<1>{self._rs.nodes[0].address}\g<2>", example)
        now = datetime.now(timezone.utc)
        text = text.replace("2026-11-23 22:00", f"{now:%Y-%m-%d 00:00}").replace("2026-11-23 23:00", f"{now:%Y-%m-%d %H:%M:%S}")
        return re.sub(r"(?<![\w.])/(etc|run)/", rf"{self.folder}/\1/", text)

    def check(self, row: Row, command: str, ready: Callable[[], object] | None = None) -> None:
        """Runs it until it shows what it should, or to its end."""
        def output() -> str:
            files = "".join(file.read_text() for file in self.folder.iterdir() if file.suffix in (".ndjson", ".out"))
            return re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", terminal.text) + files

        def shown() -> re.Match | None:
            return re.search(row.shows, output(), re.MULTILINE)

        with Terminal(["bash", "-c", command], self._env, columns=300, cwd=self.folder) as terminal:
            if row.follows:
                wait_until(ready or shown, lambda: f"/{row.shows}/ of {command}\n{output()[:1500]}", timeout=30)
                terminal.interrupt()
            terminal.wait_end(30)
            assert shown(), f"/{row.shows}/ is not in what this printed: {command}\n{output()[-3000:]}"
            assert not re.search(row.never, output(), re.MULTILINE), f"{command}\n{output()[-3000:]}"


@pytest.fixture
def shell(mongotail, rs, work, tmp_path) -> Shell:
    return Shell(rs, mongotail, tmp_path)


def ids(rows: list[Row]) -> list[str]:
    return [row.part for row in rows]


@pytest.mark.parametrize("row", TAIL, ids=ids(TAIL))
def test_examples_that_read_a_server(mongotail, shell, work, row):
    for example in with_part(row.part, mongotail):
        # A table is printed at the end.
        before = work.steps
        ready = (lambda: work.steps > before + 6) if "--summary" in example else None
        shell.check(row, shell.here(example), ready)


@pytest.mark.parametrize("row", FILES, ids=ids(FILES))
def test_examples_that_read_a_file(mongotail, shell, row):
    for example in with_part(row.part, mongotail):
        file = shell.folder / re.search(r"--file (\S+)", example)[1]
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".json":
            file.write_bytes(mongotail.run("--file", SAMPLE, "-o", "json").ok().raw)
        else:
            file.symlink_to(SAMPLE)
        shell.check(row, example)


@pytest.mark.parametrize("row", SUBSCRIBERS, ids=ids(SUBSCRIBERS))
def test_examples_that_subscribe(mongotail, shell, port, oplog, row):
    oldest = oplog.entries()[0]
    for example in with_part(row.part, mongotail):
        command = shell.here(example).replace("9994", str(port))
        shell.check(row, re.sub(r"\d+:\d+@\d+", f"{oldest['ts'].time}:{oldest['ts'].inc}", command))


@pytest.mark.parametrize("row", SERVERS, ids=ids(SERVERS))
def test_examples_that_serve(mongotail, shell, row):
    (shell.folder / "run").mkdir()
    for example in with_part(row.part, mongotail):
        # A port that is free: others of this machine may have the usual one.
        command = shell.here(example).replace("--listen :9000", "--listen :0")
        shell.check(row, command if "--listen" in command else re.sub(r"\s+#.*", "", command) + " --listen :0")


@pytest.mark.parametrize("row", INFO, ids=ids(INFO))
def test_examples_that_say_what_the_oplog_holds(mongotail, shell, work, row):
    for example in with_part(row.part, mongotail):
        shell.check(row, shell.here(example))


def test_examples_of_the_systemd_service(mongotail, shell, client):
    config = next(block for block in examples.blocks("sh") if "orders.conf" in block)
    password = re.search(r'password = "(.*)"', config)[1]
    client.admin.command("createUser", "tail", pwd=password, roles=[{"role": "read", "db": "local"}])
    for row in SERVICE:
        shell.check(row, shell.here(next(each for each in examples.commands(config) if row.part in each)))


def test_the_example_of_a_service_that_feeds_a_queue(mongotail, shell, rs):
    (shell.folder / "config").write_text(f'uri = "{rs.uri}"\nns = "shop.orders"\n')
    command = re.search(r"(?m)^ExecStart=(/bin/sh .*)$", next(block for block in examples.blocks("ini")))[1]
    shell.check(Row("ExecStart", r'^kcat -P -b broker -t orders got \{.*"ns":"shop\.orders"'), command)


def test_what_the_guide_shows_first_is_what_the_program_prints_of_the_sample(mongotail):
    command, following, *lines = examples.blocks("console")[0].splitlines()
    assert command == "$ mongotail --ns 'shop.*' mongodb://db1,db2,db3/?replicaSet=rs0"
    assert re.fullmatch(r"following shop\.\* on rs0 at \S+ from \d+:\d+ \(\S+ \S+Z\); Ctrl-C stops", following)
    printed = mongotail.run("--file", SAMPLE, "--ns", "shop.*", "-o", "pretty", "--utc").ok().lines
    assert any(printed[at:at + len(lines)] == lines for at in range(len(printed))), "not in one piece"


def test_the_man_pages_configuration_file_is_read(mongotail, tmp_path, rs, client):
    page = (ROOT / "man" / "mongotail.1").read_text()
    text = re.search(r"(?s)\.Bd -literal -offset indent\n(# for the nightly report\n.*?)\.Ed", page)[1].replace(r"\(dq", '"')
    password = re.search(r'password = "(.*)"', text)[1]
    client.admin.command("createUser", "report", pwd=password, roles=[{"role": "read", "db": "local"}])
    file = tmp_path / "nightly.conf"
    file.write_text(text.replace("db1,db2/", f"{rs.nodes[0].address}/"))
    rows = mongotail.run("--config", file, "--since", "oldest", "--no-follow", "--summary", "-o", "json").ok().json()
    assert {row["ns"] for row in rows} == {"shop.orders", "shop.customers"}
