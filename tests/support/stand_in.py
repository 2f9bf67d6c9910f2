"""A server that answers commands as a test wants, for what no real mongod here can be."""

import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import bson

from .listener import Listener

_OP_REPLY, _OP_QUERY, _OP_MSG = 1, 2004, 2013


class StandIn(Listener):
    """Speaks MongoDB's wire protocol; `answer` gives the reply to each command.

        with StandIn(lambda command: {"msg": "isdbgrid", …}) as server: … server.address
    """

    def __init__(self, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        super().__init__()
        self.commands: list[str] = []
        self._answer = answer

    def serve(self, peer: socket.socket) -> None:
        # A message that breaks off.
        with suppress(ValueError, struct.error), self.keep(peer), peer.makefile("rb") as stream:
            while head := stream.read(16):
                size, request, _, code = struct.unpack("<iiii", head)
                peer.sendall(self._reply(request, code, stream.read(size - 16)))

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
