"""A query that takes too much time on one entry ends the run, and says so."""

import pytest
from support.saved import entry, write

WORDS = "lorem ipsum " * 85_000


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return write(tmp_path_factory.mktemp("saved") / "oplog.bson", entry(1, text="short"), entry(2, text=WORDS),
                 entry(3, text="LOREM, ipsum, dolor"))


@pytest.mark.parametrize("query", [
    '{"o.text": {"$regex": "(?i)LOREM.*IPSUM.*DOLOR"}}',
    '{"o.text": {"$not": {"$regex": "(?i)LOREM.*IPSUM.*DOLOR"}}}'])
def test_a_regular_expression_without_end_ends_the_run_with_an_error_that_names_the_query(mongotail, saved, query):
    run = mongotail.run("--file", saved, "-q", query, "-o", "short", *(["--raw"] if "$not" in query else []),
                        timeout=50)
    run.ended(1, "LOREM.*IPSUM.*DOLOR", "5000 ms", "2:1", "shop.orders")
    assert len(run.lines) == query.count("$not")


def test_what_takes_little_time_on_a_large_document_is_found(mongotail, saved):
    for query in ('{"o.text": {"$regex": "(?i)IPSUM.*DOLOR"}}', '{"o.text": {"$regex": "ipsum.*dolor$"}}',
                  '{"o.text": {"$regex": "^(?i)lorem.*dolor"}}'):
        run = mongotail.run("--file", saved, "-q", query, "--format", "{ts}").ok()
        assert run.lines == ["3:1"], query
