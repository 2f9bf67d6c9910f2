"""A command sent as it is: a driver would put its own session, transaction number and cluster time into it."""

import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import bson
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure

_OP_MSG = 2013
_HEADER = 16


def send(address: str, command: dict[str, Any], database: str = "admin") -> dict[str, Any]:
    """The server's reply; OperationFailure where that is an error."""
    host, port = address.rsplit(":", 1)
    body = struct.pack("<IB", 0, 0) + bson.encode(command | {"$db": database})
    with socket.create_connection((host, int(port)), timeout=30) as peer, peer.makefile("rb") as stream:
        peer.sendall(struct.pack("<iiii", _HEADER + len(body), 1, 0, _OP_MSG) + body)
        (size,) = struct.unpack_from("<i", stream.read(_HEADER))
        reply = bson.decode(stream.read(size - _HEADER)[5:])
    if not reply.get("ok"):
        raise OperationFailure(reply.get("errmsg", "failed"), reply.get("code"), reply)
    return reply


@contextmanager
def advanced(client: MongoClient, cluster_time: Mapping[str, Any]) -> Iterator[ClientSession]:
    """A session whose next command carries that `$clusterTime`: what it writes is later."""
    with client.start_session() as session:
        session.advance_cluster_time(cluster_time)
        yield session
