"""What listens on a port of its own, as a base of the tests' servers and proxies."""

import socket
import threading
from contextlib import suppress
from typing import Self


class Listener:
    """Within its `with` block each connection is served on a thread of its own, by serve().

    A socket given to keep() is shut down behind the block; a thread that waits for it then goes on.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._kept: list[socket.socket] = []

    def serve(self, peer: socket.socket) -> None:
        raise NotImplementedError

    def keep(self, one: socket.socket) -> socket.socket:
        self._kept.append(one)
        return one

    @property
    def address(self) -> str:
        return "{}:{}".format(*self._listener.getsockname())

    @property
    def uri(self) -> str:
        """A direct connection: a set's own addresses would lead around what listens here."""
        return f"mongodb://{self.address}/?directConnection=true"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # shutdown() wakes the threads that wait; close() alone would not.
        for each in (self._listener, *self._kept):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        # The other side went away, or the test is over.
        with suppress(OSError):
            self.serve(peer)
