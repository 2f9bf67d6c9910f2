"""A TCP proxy before a real mongod that refuses what a test wants to be refused."""

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import bson

from .listener import Listener

_OP_MSG = 2013
_HEADER = 16
_Command = dict[str, Any]


def hosted_service(filter: _Command) -> bool:
    """As hosted services do: neither `$or` nor a regular expression on `ns` in a read of the oplog."""
    ns = filter.get("ns")
    listed = [value for each in ns.values() for value in each] if isinstance(ns, dict) else [ns]
    return "$or" in filter or any(isinstance(value, bson.Regex) for value in listed)


class RefusingProxy(Listener):
    """Passes everything on but reads of the oplog whose filter it `refuses`: they end with error 8000.

        with RefusingProxy(mongod.port) as proxy: … proxy.uri …

    `refused` and `passed` are the filters of the reads of the oplog so far.
    """

    def __init__(self, port: int, refuses: Callable[[_Command], bool] = hosted_service) -> None:
        super().__init__()
        self.refused: list[_Command] = []
        self.passed: list[_Command] = []
        self._port = port
        self._refuses = refuses

    def serve(self, peer: socket.socket) -> None:
        server = self.keep(socket.create_connection(("127.0.0.1", self._port)))
        threading.Thread(target=self._pass_replies, args=(server, self.keep(peer)), daemon=True).start()
        self._pass_commands(peer, server)

    def _pass_replies(self, server: socket.socket, peer: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(1 << 16):
                peer.sendall(data)
            peer.shutdown(socket.SHUT_RDWR)

    def _pass_commands(self, peer: socket.socket, server: socket.socket) -> None:
        with peer.makefile("rb") as stream:
            while head := stream.read(_HEADER):
                size, request, _, code = struct.unpack("<iiii", head)
                body = stream.read(size - _HEADER)
                refusal = self._judge(body) if code == _OP_MSG else None
                if refusal is None:
                    server.sendall(head + body)
                else:
                    reply = struct.pack("<IB", 0, 0) + bson.encode(refusal)
                    peer.sendall(struct.pack("<iiii", _HEADER + len(reply), 1, request, _OP_MSG) + reply)
        server.shutdown(socket.SHUT_RDWR)

    def _judge(self, body: bytes) -> _Command | None:
        """The reply to a read that is refused. A command is the first section of its message."""
        (size,) = struct.unpack_from("<i", body, 5)
        command = bson.decode(body[5:5 + size])
        if command.get("find") != "oplog.rs":
            return None
        if not self._refuses(command.get("filter", {})):
            self.passed.append(command.get("filter", {}))
            return None
        self.refused.append(command["filter"])
        return {"ok": 0.0, "code": 8000, "codeName": "AtlasError", "errmsg": "this filter on the oplog is not allowed"}
