"""`mongotail serve`, and subscribers of it."""

import http.client
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from .cli import Mongotail
from .tail import Tail
from .wait import WaitFailed

_SERVING = re.compile(r"serving on (\S+?)[, ]")


class Server:
    """`with Server(mongotail, rs.uri, "--ns", "shop") as server:` listens on a free port of 127.0.0.1."""

    def __init__(self, mongotail: Mongotail, uri: str, *args: Any, listen: str | None = "127.0.0.1:0",
                 ca_pem: Any = None, **options: Any) -> None:
        listens = ("--listen", listen) if listen else ()
        self.tail: Tail = mongotail.tail("serve", *listens, *args, uri, **options)
        self._ca_pem = ca_pem

    def __enter__(self) -> "Server":
        self.tail.start()
        try:
            return self.wait_serving()
        except BaseException:
            self.tail.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        self.tail.__exit__()

    def wait_serving(self) -> "Server":
        self.tail.wait_stderr("serving on ", timeout=40)
        self.tail.wait_for(lambda tail: _SERVING.search(tail.stderr), "its address on stderr")
        return self

    @property
    def address(self) -> str:
        """As --connect takes it."""
        return _SERVING.search(self.tail.stderr).group(1)

    @property
    def port(self) -> int:
        return int(self.address.rsplit(":", 1)[1])

    def connection(self, timeout: float = 15) -> http.client.HTTPConnection:
        if self.address.startswith("unix:"):
            return UnixConnection(self.address.removeprefix("unix:"), timeout)
        if self.address.startswith("https:"):
            context = ssl.create_default_context(cafile=self._ca_pem)
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=context)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None,
                body: bytes | None = None) -> tuple[int, dict[str, str], str]:
        """Status, headers (names in lower case) and body of a short answer."""
        connection = self.connection()
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            return (response.status, {name.lower(): value for name, value in response.getheaders()},
                    response.read().decode())
        finally:
            connection.close()

    def refusal(self, path: str, **options: Any) -> tuple[int, dict[str, str]]:
        """Status and error of a request that is refused."""
        status, _, body = self.request(path, **options)
        return status, json.loads(body)

    def metric(self, name: str, headers: Mapping[str, str] | None = None) -> float:
        _, _, text = self.request("/metrics", headers=headers)
        for line in text.splitlines():
            if line.startswith(f"mongotail_{name} "):
                return float(line.split()[-1])
        raise AssertionError(f"no metric {name} in\n{text}")

    def subscribe(self, headers: Mapping[str, str] | None = None, hurry: threading.Event | None = None,
                  **parameters: Any) -> "Subscriber":
        """Parameters' names with _ for -; a list is repeated. Until `hurry` is set, it reads slowly but steadily."""
        query = urlencode({name.replace("_", "-"): value for name, value in parameters.items()}, doseq=True)
        return Subscriber(self, f"/tail?{query}", dict(headers or {}), hurry).start()

    def events(self, last_id: str | None = None, **parameters: Any) -> "Subscriber":
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last_id} if last_id else {})
        return self.subscribe(headers=headers, **parameters)


class Subscriber:
    """One stream, read as it comes, or slowly."""

    def __init__(self, server: Server, path: str, headers: dict[str, str], hurry: threading.Event | None = None) -> None:
        self.path = path
        self.hurry = hurry
        self.connection = server.connection(timeout=60)
        self.headers = headers
        self.response: http.client.HTTPResponse | None = None
        self.ended = False
        self.cut_off = False
        self._got = bytearray()
        self._whole: list[str] = []
        self._begun = b""
        self._changed = threading.Condition(threading.RLock())
        self._reader = threading.Thread(target=self._read, daemon=True)

    def start(self) -> "Subscriber":
        if self.hurry is not None:
            self.connection.sock = _small_socket(self.connection.port)
        self.connection.request("GET", self.path, headers=self.headers)
        self._socket = self.connection.sock  # which the connection forgets with an answer that ends it
        self.response = self.connection.getresponse()
        assert self.response.status == 200, (self.response.status, self.response.read())
        self._reader.start()
        return self

    def __enter__(self) -> "Subscriber":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._reader.join(5)
        self.response.close()
        self.connection.close()

    @property
    def text(self) -> str:
        with self._changed:
            return self._got.decode()

    @property
    def lines(self) -> list[str]:
        """Whole lines that are not heartbeats, with their newlines."""
        with self._changed:
            return self._whole[:]

    def json(self) -> list[Any]:
        return [json.loads(line) for line in self.lines]

    def wait_lines(self, count: int, timeout: float = 20) -> list[str]:
        self._wait(lambda: len(self._whole) >= count, f"{count} lines", timeout)
        return self.lines

    def wait_json(self, count: int, timeout: float = 20) -> list[Any]:
        return [json.loads(line) for line in self.wait_lines(count, timeout)]

    def wait_documents(self, count: int, timeout: float = 20) -> list[Any]:
        """As wait_json(), of what is no command: an insert may create its collection first."""
        def found() -> list[Any]:
            return [entry for entry in self.json() if entry.get("op") != "c"]

        self._wait(lambda: len(found()) >= count, f"{count} documents", timeout)
        return found()

    def wait_text(self, text: str, timeout: float = 20) -> None:
        self._wait(lambda: text in self.text, f"'{text}'", timeout)

    def wait_end(self, timeout: float = 20) -> list[str]:
        self._wait(lambda: self.ended, "its end", timeout)
        return self.lines

    def wait_events(self, count: int, timeout: float = 20) -> list[tuple[str, str]]:
        """(id, data) of each message."""
        self._wait(lambda: len(self.events) >= count, f"{count} events", timeout)
        return self.events

    @property
    def events(self) -> list[tuple[str, str]]:
        found = []
        for block in self.text.split("\n\n")[:-1]:
            fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
            if "data" in fields and "event" not in fields:
                found.append((fields["id"], fields["data"]))
        return found

    def _wait(self, condition: Any, what: str, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        with self._changed:
            while not condition():
                left = deadline - time.monotonic()
                if left <= 0 or (self.ended and not condition()):
                    raise WaitFailed(f"{self.path}: waited {timeout:g} s for {what}; ended: {self.ended}\n"
                                     f"{self._got[-2000:].decode(errors='replace')}")
                self._changed.wait(min(left, 1))

    def _read(self) -> None:
        try:
            while data := self.response.read1(1 << 16):
                with self._changed:
                    self._got += data
                    *lines, self._begun = (self._begun + data).split(b"\n")
                    self._whole += [line.decode() + "\n" for line in lines if line]
                    self._changed.notify_all()
                if self.hurry is not None:
                    self.hurry.wait(0.02)
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            self.cut_off = True
        with self._changed:
            self.ended = True
            self._changed.notify_all()


def _small_socket(port: int) -> socket.socket:
    """One whose sender soon notices how slowly it is read."""
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    small.settimeout(60)
    small.connect(("127.0.0.1", port))
    return small


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
