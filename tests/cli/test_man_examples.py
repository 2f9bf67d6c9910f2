"""What the man pages show for a flag is what the program takes."""

import re
import shlex

import pytest
from support.cli import ROOT


def examples(page: str) -> list[str]:
    lines = (ROOT / "man" / page).read_text().splitlines()
    return [line.removeprefix(".Dl ").replace(r"\(dq", '"') for line in lines if line.startswith(".Dl --") and "CURSOR" not in line]


def without_a_server(words: list[str]) -> list[str]:
    """A host that refuses at once, in place of those that are named."""
    named = any(word in ("--file", "--connect", "--host") or word.startswith("mongodb://") for word in words)
    replaced = [re.sub(r"(^|/|,)db\d(:\d+)?(?=,|$)", r"\g<1>127.0.0.1:1", word) for word in words]
    return replaced if named else [*replaced, "127.0.0.1:1"]


@pytest.mark.parametrize("example", examples("mongotail.1"))
def test_each_example_of_a_flag_is_understood(mongotail, tmp_path, example):
    run = mongotail.run(*without_a_server(shlex.split(example)), cwd=tmp_path)
    # Neither the servers nor the files are there.
    assert run.status == 1, run


def test_most_flags_that_take_a_pattern_a_time_or_a_template_have_an_example():
    shown = " ".join(examples("mongotail.1"))
    for flag in ("--ns", "--ns-exclude", "--since", "--until", "--format", "--by-user", "--summary-by", "--after-cursor", "--shard-map", "--label"):
        assert f"{flag} " in shown


@pytest.mark.parametrize("example", examples("mongotail-serve.1"))
def test_each_example_of_a_flag_of_serve_is_understood(mongotail, tmp_path, example):
    run = mongotail.run("serve", *(word.replace("/run/", f"{tmp_path}/") for word in shlex.split(example)), "--listen", "127.0.0.1:0",
                        "mongodb://127.0.0.1:1")
    assert run.status == 1, run
