"""Saves the oplog of a throwaway MongoDB, on which a small web shop was at work, as mongodump would."""

import argparse
import sys
import threading
from itertools import chain, islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "tests" / "testdata" / "sample.bson"
# Sessions, users, keys: nothing that a sample should show.
INTERNAL = ("config.", "admin.", "local.")


def work(client, steps: int) -> None:
    from workload import Shop

    shop = Shop(client)
    # Made beforehand: the oldest servers can't create a collection in a transaction.
    for name in ("orders", "customers", "carts"):
        client.shop.create_collection(name)
    for step in islice(chain(shop.opening(), shop.day()), steps):
        step()


def is_internal(entry: dict) -> bool:
    """Transactions stand in admin.$cmd, whatever they touch; all else there is the server's own."""
    if "applyOps" in entry["o"]:
        return any(inner["ns"].startswith(INTERNAL) for inner in entry["o"]["applyOps"])
    return entry["ns"].startswith(INTERNAL)


def saved_oplog(client) -> bytes:
    import bson
    from bson.codec_options import CodecOptions
    from bson.raw_bson import RawBSONDocument

    raw = client.local.get_collection("oplog.rs", codec_options=CodecOptions(document_class=RawBSONDocument))
    entries = [entry.raw for entry in raw.find().sort("$natural", 1)]
    return b"".join(entry for entry in entries if not is_internal(bson.decode(entry)))


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/make-sample", description=__doc__)
    parser.add_argument("--steps", type=int, default=60, metavar="N", help="how much happens in the shop (%(default)s)")
    parser.add_argument("--server", metavar="VERSION", help="the version of MongoDB")
    parser.add_argument("file", nargs="?", type=Path, default=SAMPLE, help="where to save it (%(default)s)")
    options = parser.parse_args()

    sys.path.insert(0, str(ROOT / "tests"))
    from support import ReplicaSet

    with ReplicaSet(1, version=options.server) as rs:
        client = rs.client()
        work(client, options.steps)
        options.file.write_bytes(saved_oplog(client))
    print(f"make-sample: {options.file}: {options.file.stat().st_size} bytes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
