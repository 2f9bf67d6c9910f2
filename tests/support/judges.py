"""What mongotail and what a server say of documents and a query."""

import subprocess
from typing import Any

from pymongo.database import Database
from pymongo.errors import OperationFailure

from .cli import probe
from .raw_bson import encode, raw


def ours(queries: list[dict[str, Any]], documents: list[dict[str, Any]]) -> list[str]:
    """A line a query, as mql_probe writes it."""
    requests = b"".join(encode({"q": query, "d": documents}) for query in queries)
    done = subprocess.run([probe("mql_probe")], input=requests, capture_output=True, check=True)
    return done.stdout.decode(errors="replace").splitlines()


def theirs(db: Database, query: dict[str, Any]) -> set[int] | str:
    """The `_id`s that the server selects, or why it refuses; without an index, for an oplog has none."""
    command = {"find": "docs", "filter": raw(query), "projection": {"_id": 1}, "hint": {"$natural": 1},
               "batchSize": 100_000, "singleBatch": True}
    try:
        return {document["_id"] for document in db.command(command)["cursor"]["firstBatch"]}
    except OperationFailure as refusal:
        return f"refused: {refusal.details['errmsg']}"
