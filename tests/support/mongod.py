"""One real mongod process."""

import re
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from . import processes
from .wait import WaitFailed, wait_until

if TYPE_CHECKING:
    from .tls import Certificates

# Small files and a quick journal: a data folder of 11 MB rather than 315.
_SMALL = ["--bind_ip", "127.0.0.1",
          "--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=10MB)",
          "--setParameter", "enableTestCommands=1",
          "--setParameter", "diagnosticDataCollectionEnabled=false"]
# Majority reads then take 2 ms rather than 50. A crash loses less than it would in earnest.
_QUICK_JOURNAL = ["--journalCommitInterval", "2"]


class Mongod:
    """A server on a port and in a folder of its own; start() after it was stopped or killed keeps both.

    `args` go to mongod as they are. `real_journal` keeps the journal's usual 100 ms, for tests of crashes.
    `repl_set=None` starts a standalone; in `socket_folder` it listens on mongodb-PORT.sock too. The cache is an upper bound: where uncommitted writes are more than a tenth of
    it, 4.4.2 tries to evict them for ever, and a transaction of 24 MB hangs.
    """

    def __init__(self, version: str | None = None, *, repl_set: str | None = "rs0", args: Sequence[str] = (),
                 real_journal: bool = False, keyfile: Path | None = None, tls: "Certificates | None" = None,
                 oplog_mb: int = 50, cache_gb: float = 1, socket_folder: Path | None = None) -> None:
        self.binary = processes.fetch_mongod(version)
        self.folder = processes.temp_folder("mongod")
        self.port = processes.free_port()
        self.repl_set = repl_set
        self.args = list(args)
        self.real_journal = real_journal
        self.keyfile = keyfile
        self.tls = tls
        self.oplog_mb = oplog_mb
        self.cache_gb = cache_gb
        self.socket_folder = socket_folder
        self.credentials: dict[str, Any] = {}
        self._process: subprocess.Popen | None = None
        self._clients: list[MongoClient] = []
        self._paused = False

    # -- its life ------------------------------------------------------------------------------

    def launch(self) -> None:
        """Starts the process and returns at once; wait_ready() follows."""
        self._process = processes.spawn(self.argv(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True)

    def wait_ready(self, timeout: float = 30) -> "Mongod":
        wait_until(self._answers, lambda: f"mongod on port {self.port} to answer; its log ends\n{self.log_tail()}",
                   timeout)
        return self

    def start(self) -> "Mongod":
        self.launch()
        return self.wait_ready()

    def stop(self, timeout: float = 30) -> None:
        """SIGTERM, and waits for the end."""
        self.resume()
        self.process.terminate()
        self.process.wait(timeout)

    def kill(self) -> None:
        """SIGKILL: a crash."""
        self.process.kill()
        self.process.wait()
        self._paused = False

    def pause(self) -> None:
        """SIGSTOP: it hangs, connections stay open."""
        self.process.send_signal(signal.SIGSTOP)
        self._paused = True

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self._paused = False

    def close(self) -> None:
        """Ends the process and removes the folder. Twice is harmless."""
        for client in self._clients:
            client.close()
        self._clients.clear()
        if self._process:
            processes.end(self._process)
        processes.remove_folder(self.folder)

    def __enter__(self) -> "Mongod":
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- what it is ----------------------------------------------------------------------------

    @property
    def process(self) -> subprocess.Popen:
        assert self._process, "the server was never started"
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def uri(self) -> str:
        return f"mongodb://{self.address}"

    @property
    def version(self) -> tuple[int, ...]:
        """As the binary tells it, so that it is right for a server of the developer's own."""
        told = subprocess.run([self.binary, "--version"], capture_output=True, text=True, check=True).stdout
        match = re.search(r"db version v(\d+)\.(\d+)\.(\d+)", told)
        assert match, told
        return tuple(map(int, match.groups()))

    def argv(self) -> list[str]:
        argv = [self.binary, "--port", str(self.port), "--dbpath", str(self.folder),
                "--logpath", str(self.log_path), "--logappend", *_SMALL,
                "--wiredTigerCacheSizeGB", str(self.cache_gb)]
        argv += ["--unixSocketPrefix", str(self.socket_folder)] if self.socket_folder else ["--nounixsocket"]
        if not self.real_journal:
            argv += _QUICK_JOURNAL
        if self.repl_set:
            argv += ["--replSet", self.repl_set, "--oplogSize", str(self.oplog_mb)]
        if self.keyfile:
            argv += ["--keyFile", str(self.keyfile)]
        if self.tls:
            argv += ["--tlsMode", "requireTLS", "--tlsCertificateKeyFile", str(self.tls.server_pem),
                     "--tlsCAFile", str(self.tls.ca_pem), "--tlsAllowConnectionsWithoutCertificates"]
        return argv + self.args

    @property
    def log_path(self) -> Path:
        return self.folder / "mongod.log"

    def log_tail(self, lines: int = 15) -> str:
        text = self.log_path.read_text(errors="replace") if self.log_path.exists() else "(no log)"
        return "\n".join(text.splitlines()[-lines:])

    # -- talking to it -------------------------------------------------------------------------

    def client(self, **options: Any) -> MongoClient:
        """A direct connection; closed with the server."""
        client: MongoClient = MongoClient(self.uri, **self.client_options() | {"directConnection": True} | options)
        self._clients.append(client)
        return client

    def client_options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"serverSelectionTimeoutMS": 5000, **self.credentials}
        return options | (self.tls.client_options() if self.tls else {})

    def hello(self) -> dict[str, Any]:
        # isMaster: 4.2.6 has no hello.
        with MongoClient(self.uri, **self.client_options() | {
                "directConnection": True, "serverSelectionTimeoutMS": 500, "socketTimeoutMS": 2000,
                "username": None, "password": None}) as client:
            return client.admin.command("isMaster")

    def oplog_entries(self, condition: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """What local.oplog.rs holds, in its order."""
        return list(self.client().local["oplog.rs"].find(condition or {}).sort("$natural", 1))

    @contextmanager
    def failpoint(self, name: str, mode: Any = "alwaysOn", **data: Any) -> Iterator[None]:
        """E.g. failpoint("failCommand", {"times": 1}, failCommands=["getMore"], errorCode=91)."""
        admin = self.client().admin
        admin.command({"configureFailPoint": name, "mode": mode, "data": data})
        try:
            yield
        finally:
            if self.alive and not self.paused:
                admin.command({"configureFailPoint": name, "mode": "off"})

    def _answers(self) -> bool:
        if not self.alive:
            raise WaitFailed(f"mongod ended with status {self.process.returncode}:\n{self.log_tail()}")
        try:
            return bool(self.hello())
        except PyMongoError:
            return False
