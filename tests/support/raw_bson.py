"""BSON written by hand: every type, also those that no driver writes any more."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument


@dataclass(frozen=True)
class Typed:
    """A value of a type that Python has none for: its type byte and its bytes."""

    type: int
    value: bytes

    def __repr__(self) -> str:
        return f"<{self.type:#04x} {self.value.hex()}>"


UNDEFINED = Typed(0x06, b"")


def symbol(text: str) -> Typed:
    data = text.encode()
    return Typed(0x0E, struct.pack("<i", len(data) + 1) + data + b"\0")


def db_pointer(text: str, oid: bytes) -> Typed:
    return Typed(0x0C, symbol(text).value + oid)


def _element(key: str, value: Any) -> bytes:
    name = key.encode() + b"\0"
    if isinstance(value, Typed):
        return bytes([value.type]) + name + value.value
    if isinstance(value, Mapping):
        return b"\x03" + name + encode(value)
    if isinstance(value, list):
        return b"\x04" + name + encode({str(i): item for i, item in enumerate(value)})
    return bson.encode({key: value})[4:-1]


def encode(document: Mapping[str, Any]) -> bytes:
    body = b"".join(_element(key, value) for key, value in document.items())
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def raw(document: Mapping[str, Any]) -> RawBSONDocument:
    return RawBSONDocument(encode(document))
