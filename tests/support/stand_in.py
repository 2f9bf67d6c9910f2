"""A server that answers commands as a test wants, for what no real mongod here can be."""

import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

import bson

_OP_REPLY, _OP_QUERY, _OP_MSG = 1, 2004, 2013


class StandIn:
    """Speaks MongoDB's wire protocol; `answer` gives the reply to each command.

        with StandIn(lambda command: {"msg": "isdbgrid", …}) as server: … server.address
    """

    def __init__(self, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self.commands: list[str] = []
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._peers: list[socket.socket] = []

    @property
    def address(self) -> str:
        return "{}:{}".format(*self._listener.getsockname())

    def __enter__(self) -> "StandIn":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # shutdown() wakes the threads that wait; close() alone would not.
        for each in (self._listener, *self._peers):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self._peers.append(peer)
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        try:
            with peer, peer.makefile("rb") as stream:
                while head := stream.read(16):
                    size, request, _, code = struct.unpack("<iiii", head)
                    peer.sendall(self._reply(request, code, stream.read(size - 16)))
        except (OSError, ValueError, struct.error):
            pass  # the other side went away, or the test is over

    def _reply(self, request: int, code: int, body: bytes) -> bytes:
        if code == _OP_MSG:
            start = 5
        else:
            assert code == _OP_QUERY, code
            start = body.index(b"\0", 4) + 1 + 8
        (size,) = struct.unpack_from("<i", body, start)
        command = bson.decode(body[start:start + size])
        self.commands.append(next(iter(command)))
        document = bson.encode(self._answer(command))
        if code == _OP_MSG:
            kind, answer = _OP_MSG, struct.pack("<IB", 0, 0) + document
        else:
            kind, answer = _OP_REPLY, struct.pack("<iqii", 8, 0, 0, 1) + document
        return struct.pack("<iiii", 16 + len(answer), 1, request, kind) + answer
