"""Queries that mongotail judges itself select what the server selects."""

import os

import pytest
from pymongo.database import Database
from support import ReplicaSet
from support.judges import ours, theirs
from support.random_queries import CertainMaker, Maker
from support.raw_bson import raw
from support.seed import seed

SEED = seed()
DOCUMENTS = int(os.environ.get("MONGOTAIL_TEST_DOCUMENTS", 150))
QUERIES = int(os.environ.get("MONGOTAIL_TEST_QUERIES", 600))


def compare(db: Database, maker: Maker) -> None:
    documents = [maker.document(i) for i in range(DOCUMENTS)]
    queries = [maker.query() for _ in range(QUERIES)]
    db.docs.drop()
    db.docs.insert_many([raw(document) for document in documents])
    verdicts = ours(queries, documents)
    pairs, refused, differences = 0, 0, []
    for query, verdict in zip(queries, verdicts, strict=True):
        expected = theirs(db, query)
        if isinstance(expected, str) or verdict.startswith("refused"):
            refused += 1
            if not (isinstance(expected, str) and verdict.startswith("refused")):
                differences.append(f"{query}\n  mongotail: {verdict[:150]}\n  server:    {str(expected)[:150]}")
            continue
        selected = {i for i, one in enumerate(verdict) if one == "1"}
        pairs += len(documents)
        for i in sorted(selected ^ expected)[:2]:
            differences.append(f"{query}\n  on {documents[i]}\n  mongotail: {i in selected}, server: {i in expected}")
    print(f"seed {SEED}: {pairs} pairs, {refused} of {QUERIES} queries refused")
    assert not differences, f"seed {SEED}: {len(differences)} differences\n" + "\n".join(differences[:20])
    assert pairs >= 3000


def test_the_server_and_mongotail_select_the_same(rs: ReplicaSet, db: Database) -> None:
    version = rs.primary.version
    if version[0] != 6:
        pytest.skip("the operands that are refused differ before and after 6.0")
    # 6.0.5 rounds decimals before it tests their bits; 6.0.27 no longer does, nor does mongotail.
    exact_bits = version >= (6, 0, 27)
    compare(db, Maker(SEED, bits=exact_bits))
    if not exact_bits:
        compare(db, Maker(SEED, decimals=False))


def test_every_server_judges_alike_what_is_pushed_down(db: Database) -> None:
    compare(db, CertainMaker(SEED))
