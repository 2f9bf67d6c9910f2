"""What -v reports of a run: whom it reads from, what the server filters by, and how much came."""

import json
import re


def test_verbose_names_the_member_its_version_and_the_filter(mongotail, rs, db):
    db.create_collection("c")
    db.c.insert_many([{"_id": number} for number in range(3)])
    run = mongotail.run(rs.uri, "-v", "--ns", f"{db.name}.c", "--op", "i", "--since", "oldest", "--no-follow").ok()
    version = rs.client().server_info()["version"]
    assert f"{rs.primary.address} is MongoDB {version}, primary\n" in run.stderr
    sent = json.loads(re.search(r"the server filters by (\{.*\})\n", run.stderr).group(1))
    assert f"{db.name}.c" in json.dumps(sent)
    came, printed = map(int, re.search(r"(\d+) entries came from the server, (\d+) operations were printed", run.stderr).groups())
    assert 1 <= came and printed == len(run.lines) == 3


def test_a_secondary_is_named_as_such(mongotail, rs3):
    run = mongotail.run(rs3.uri + "&readPreference=secondary", "-v", "--since", "oldest", "--no-follow").ok()
    assert ", secondary\n" in run.stderr


def test_without_verbose_nothing_of_it_is_said(mongotail, rs):
    assert mongotail.run(rs.uri, "--since", "oldest", "--no-follow").ok().stderr == ""
