"""Saved oplogs, as mongodump writes them: documents one after another."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bson
from bson import Int64, Timestamp
from bson.codec_options import CodecOptions, DatetimeConversion

SAMPLE = Path(__file__).resolve().parents[1] / "testdata" / "sample.bson"
_CODEC = CodecOptions(document_class=dict, datetime_conversion=DatetimeConversion.DATETIME_MS)


def entry(seconds: int, ordinal: int = 1, op: str = "i", ns: str = "shop.orders", **o: Any) -> bytes:
    """One entry; the rest are the fields of its `o`."""
    return bson.encode({"op": op, "ns": ns, "o": o, "ts": Timestamp(seconds, ordinal), "t": Int64(1), "v": Int64(2)})


def write(path: Path, *content: bytes) -> Path:
    path.write_bytes(b"".join(content))
    return path


def append(path: Path, *content: bytes) -> None:
    with path.open("ab") as file:
        file.write(b"".join(content))


def documents(content: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(content):
        size = struct.unpack_from("<i", content, at)[0]
        yield content[at:at + size]
        at += size


def split(content: bytes, pieces: int) -> list[list[bytes]]:
    """The documents in so many lists of about the same length."""
    every = list(documents(content))
    size = -(-len(every) // pieces)
    return [every[at:at + size] for at in range(0, len(every), size)]


def sample_entries(path: Path = SAMPLE) -> list[dict[str, Any]]:
    return [bson.decode(document, codec_options=_CODEC) for document in documents(path.read_bytes())]
