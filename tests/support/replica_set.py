"""A real replica set of one or more members."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from . import processes
from .mongod import Mongod
from .tls import Certificates
from .wait import wait_until


class ReplicaSet:
    """`with ReplicaSet(3) as rs:` has a primary and two secondaries when the block begins.

    `auth=True` starts it with a key file and a root user of a random password; `client()` uses it.
    """

    def __init__(self, size: int = 1, version: str | None = None, *, name: str = "rs0", auth: bool = False,
                 tls: Certificates | None = None, args: Sequence[str] = (), real_journal: bool = False,
                 oplog_mb: int = 50, cache_gb: float = 1, settings: dict[str, Any] | None = None) -> None:
        self.name = name
        self.tls = tls
        self.settings = {"electionTimeoutMillis": 2000, "heartbeatIntervalMillis": 500} | (settings or {})
        self.user: str | None = None
        self.password: str | None = None
        self._folder: Path | None = None
        self._auth = auth
        self._clients: list[MongoClient] = []
        keyfile = self._write_keyfile() if auth else None
        self.nodes = [Mongod(version, repl_set=name, args=args, real_journal=real_journal, keyfile=keyfile,
                             tls=tls, oplog_mb=oplog_mb, cache_gb=cache_gb) for _ in range(size)]

    # -- its life ------------------------------------------------------------------------------

    def launch(self) -> None:
        """Starts the processes and returns at once; begin() follows."""
        for node in self.nodes:
            node.launch()

    def start(self) -> "ReplicaSet":
        self.launch()
        return self.begin()

    def begin(self) -> "ReplicaSet":
        """Makes a set of the launched processes."""
        for node in self.nodes:
            node.wait_ready()
        self._initiate()
        self.wait_for_primary()
        if self._auth:
            self._create_root()
        self.wait_healthy()
        return self

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self._clients.clear()
        for node in self.nodes:
            node.close()
        if self._folder:
            processes.remove_folder(self._folder)

    def __enter__(self) -> "ReplicaSet":
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    def heal(self) -> None:
        """Wakes and restarts members until all are well again."""
        for node in self.nodes:
            if node.paused:
                node.resume()
            if not node.alive:
                node.launch()
        self.wait_healthy()

    # -- its members ---------------------------------------------------------------------------

    @property
    def primary(self) -> Mongod:
        return self.wait_for_primary()

    @property
    def secondaries(self) -> list[Mongod]:
        return [node for node in self.nodes if self._hello(node).get("secondary")]

    def wait_for_primary(self, other_than: Mongod | None = None, timeout: float = 30) -> Mongod:
        def find() -> Mongod | None:
            candidates = [node for node in self.nodes if node is not other_than]
            return next((node for node in candidates if self._hello(node).get("ismaster")), None)

        return wait_until(find, lambda: f"a primary; states: {self._states()}", timeout)

    def wait_healthy(self, timeout: float = 45) -> None:
        """One primary, all others secondaries, and everybody has the newest majority-committed entry."""
        def healthy() -> bool:
            told = [self._hello(node) for node in self.nodes]
            if sum(bool(hello.get("ismaster")) for hello in told) != 1:
                return False
            if not all(hello.get("ismaster") or hello.get("secondary") for hello in told):
                return False
            return len({str(hello["lastWrite"].get("majorityOpTime")) for hello in told}) == 1

        wait_until(healthy, lambda: f"a healthy set; states: {self._states()}", timeout, interval=0.05)

    def step_down(self, seconds: int = 60) -> Mongod:
        """Makes the primary step down and returns the new one."""
        old = self.primary
        # Who stepped down shortly before would still not be electable.
        for node in self.secondaries:
            node.client().admin.command({"replSetFreeze": 0})
        old.client().admin.command({"replSetStepDown": seconds, "secondaryCatchUpPeriodSecs": min(10, seconds - 1)})
        return self.wait_for_primary(other_than=old)

    # -- talking to it -------------------------------------------------------------------------

    @property
    def uri(self) -> str:
        """Without credentials or TLS options."""
        return f"mongodb://{','.join(node.address for node in self.nodes)}/?replicaSet={self.name}"

    def uri_with(self, user: str | None = None, password: str | None = None, **options: str) -> str:
        """The URI as a user would type it, with credentials and options."""
        login = f"{quote(user, safe='')}:{quote(password or '', safe='')}@" if user else ""
        hosts = ",".join(node.address for node in self.nodes)
        return f"mongodb://{login}{hosts}/?{urlencode({'replicaSet': self.name} | options)}"

    def client(self, **options: Any) -> MongoClient:
        client: MongoClient = MongoClient(self.uri, **self.nodes[0].client_options() | options)
        self._clients.append(client)
        return client

    def create_user(self, user: str, roles: list[Any], db: str = "admin") -> str:
        """Creates a user and returns its random password."""
        password = secrets.token_hex(12)
        self.client()[db].command("createUser", user, pwd=password, roles=roles)
        return password

    # -- inside --------------------------------------------------------------------------------

    def _initiate(self) -> None:
        members = [{"_id": i, "host": node.address} for i, node in enumerate(self.nodes)]
        config = {"_id": self.name, "members": members, "settings": self.settings}
        self.nodes[0].client().admin.command("replSetInitiate", config)

    def _write_keyfile(self) -> Path:
        self._folder = processes.temp_folder("keyfile")
        keyfile = self._folder / "keyfile"
        keyfile.touch(mode=0o600)
        keyfile.write_text(secrets.token_hex(64))
        return keyfile

    def _create_root(self) -> None:
        # Allowed without a login on the loopback, until there is a first user.
        self.user, self.password = "root", secrets.token_hex(12)
        self.primary.client().admin.command("createUser", self.user, pwd=self.password, roles=["root"],
                                            writeConcern={"w": "majority"})
        for node in self.nodes:
            node.credentials = {"username": self.user, "password": self.password}

    def _hello(self, node: Mongod) -> dict[str, Any]:
        if not node.alive or node.paused:
            return {}
        try:
            return node.hello()
        except PyMongoError:
            return {}

    def _states(self) -> str:
        def state(node: Mongod) -> str:
            hello = self._hello(node)
            name = "primary" if hello.get("ismaster") else "secondary" if hello.get("secondary") else "other"
            return f"{node.address} {name} {hello.get('info', '')}".strip()

        return "; ".join(map(state, self.nodes))
