"""A TCP proxy that breaks what passes through it."""

import select
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from .listener import Listener

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass
class _Link:
    client: socket.socket
    server: socket.socket
    reset: bool = False
    passed: int = 0
    thread: threading.Thread = field(default_factory=threading.current_thread)

    def __post_init__(self) -> None:
        for end in (self.client, self.server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class TcpProxy(Listener):
    """Forwards each connection to a server on this machine, until it is told to do harm.

        with TcpProxy(node.port) as proxy: … proxy.uri; proxy.cut(); proxy.swallow(); proxy.pass_on()

    `accepted` counts the connections so far. Every method takes effect at once, on all connections.
    """

    def __init__(self, port: int) -> None:
        super().__init__()
        self.accepted = 0
        self._target = ("127.0.0.1", port)
        self._lock = threading.Lock()
        self._links: list[_Link] = []
        self._swallowing = False
        self._refusing = False
        self._delay = 0.0
        self._limit = 0
        self._cuts_left = 0

    def __exit__(self, *_: object) -> None:
        super().__exit__()
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

    def cut_each_after(self, limit: int, times: int) -> None:
        """Ends each connection as soon as the server has sent so many bytes over it, by RST and FIN in turn, so many times in all."""
        self._limit, self._cuts_left = limit, times

    @property
    def cuts_left(self) -> int:
        return self._cuts_left

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

    def serve(self, peer: socket.socket) -> None:
        with self._lock:
            self.accepted += 1
        if self._refusing:
            peer.close()
            return
        try:
            link = _Link(peer, socket.create_connection(self._target))
        except OSError:
            peer.close()
            return
        with self._lock:
            self._links.append(link)
        self._forward(link)

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
            if end is link.server and not self._count(link, len(data)):
                return False
        return True

    def _count(self, link: _Link, size: int) -> bool:
        """False if the connection has had what it may have."""
        link.passed += size
        with self._lock:
            if self._cuts_left == 0 or link.passed < self._limit:
                return True
            self._cuts_left -= 1
            link.reset = self._cuts_left % 2 == 0
        return False
