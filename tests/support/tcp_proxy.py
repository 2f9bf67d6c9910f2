"""A TCP proxy that breaks what passes through it."""

import select
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass
class _Link:
    client: socket.socket
    server: socket.socket
    reset: bool = False
    thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        for end in (self.client, self.server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class TcpProxy:
    """Forwards each connection to a server on this machine, until it is told to do harm.

        with TcpProxy(node.port) as proxy: … proxy.uri; proxy.cut(); proxy.swallow(); proxy.pass_on()

    `accepted` counts the connections so far, `passed` the bytes that the server has sent. Every method takes effect at once, on all connections.
    """

    def __init__(self, port: int) -> None:
        self.accepted = 0
        self.passed = 0
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._links: list[_Link] = []
        self._swallowing = False
        self._refusing = False
        self._delay = 0.0

    @property
    def address(self) -> str:
        return "{}:{}".format(*self._listener.getsockname())

    @property
    def uri(self) -> str:
        return f"mongodb://{self.address}/?directConnection=true"

    def __enter__(self) -> "TcpProxy":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # shutdown() wakes the thread that waits in accept(); close() alone would not.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    # -- doing harm ----------------------------------------------------------------------------

    def cut(self, reset: bool = True) -> int:
        """Ends every connection, by RST or by FIN; how many there were."""
        with self._lock:
            links = self._links[:]
        for link in links:
            link.reset = reset
            # Tells the other side nothing, but wakes the thread that forwards.
            for end in (link.client, link.server):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RD)
        for link in links:
            link.thread.join(5)
        return len(links)

    def refuse(self) -> None:
        """Ends every new connection as soon as it is there."""
        self._refusing = True

    def swallow(self) -> None:
        """Connections stay open, new ones are accepted, and nothing that is sent arrives."""
        self._swallowing = True

    def delay(self, seconds: float) -> None:
        """Each piece of data waits so long before it is passed on."""
        self._delay = seconds

    def pass_on(self) -> None:
        """Does no more harm. What was swallowed is gone: its connections are cut."""
        was_swallowing = self._swallowing
        self._swallowing = self._refusing = False
        self._delay = 0.0
        if was_swallowing:
            self.cut()

    # -- inside --------------------------------------------------------------------------------

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            if self._refusing:
                client.close()
                continue
            try:
                server = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            link = _Link(client, server)
            link.thread = threading.Thread(target=self._forward, args=(link,), daemon=True)
            with self._lock:
                self._links.append(link)
            link.thread.start()

    def _forward(self, link: _Link) -> None:
        other = {link.client: link.server, link.server: link.client}
        with suppress(OSError):
            while self._forward_what_is_there(link, other):
                pass
        with self._lock:
            self._links.remove(link)
        for end in other:
            if link.reset:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            end.close()

    def _forward_what_is_there(self, link: _Link, other: dict[socket.socket, socket.socket]) -> bool:
        """False once one side has ended."""
        for end in select.select(list(other), [], [])[0]:
            data = end.recv(1 << 16)
            if not data:
                return False
            if self._swallowing:
                continue
            if self._delay:
                time.sleep(self._delay)
            other[end].sendall(data)
            self.passed += len(data) if end is link.server else 0
        return True
