"""The table of all messages: one voice, what happened and then what to try."""

import re
from pathlib import Path

import pytest
from support.cli import ROOT
from support.messages import Message, arguments, collect, literals, message

MESSAGES = collect(ROOT / "src")
# A hint is an instruction, a question, or what is valid.
VERBS = set("""add check choose close compare connect copy end escape free get give grant leave let list make name open percent-encode
put quote raise read run see send set start use wait write""".split())
OTHER_BEGINNINGS = ("did you mean", "the form is", "the options of", "known are", "a path is", "a port is", "an address is", "if {}",
                    "no document", "it must be", "it is a", "one of", "lines are written", "there are", "for any", "for the", "for a", "namespaces are",
                    "a name with", "a string needs")
# The text that comes first is a name, a place or a value.
PLACE = r"^(\{|'|\"|--|/|-- |[(;:] ?|%)"
# Words of the field that begin with a capital or are written in capitals.
PROPER = r"^(BSON|JSON|TLS|URI|UTF-8|MongoDB|Debian|Extended JSON)\b"
LONGEST_WHAT, LONGEST_HINT = 170, 190


def whats() -> list[tuple[Message, str]]:
    return [(one, text) for one in MESSAGES for text in one.what[:1]]


def hints() -> list[tuple[Message, str]]:
    return [(one, text) for one in MESSAGES for text in one.hint[:1]]


def test_all_of_the_sources_messages_are_in_the_table():
    assert len(MESSAGES) > 200
    assert len({one.file for one in MESSAGES}) > 70
    assert len(hints()) > 90


def test_a_message_begins_with_a_small_letter():
    assert not [str(one) for one, text in whats() if not re.match(rf"{PLACE}|{PROPER}|^ ?[a-z]", text)]


def test_a_message_ends_without_a_full_stop():
    assert not [str(one) for one, text in whats() + hints() if re.search(r"[.!]$", text) and not text.endswith("...")]


def test_a_message_is_short():
    assert not [f"{len(text)}: {one}" for one, text in whats() if len(text) > LONGEST_WHAT]
    assert not [f"{len(text)}: {one}" for one, text in hints() if len(text) > LONGEST_HINT]


def test_a_hint_says_what_to_do():
    assert not [str(one) for one, text in hints()
                if text.split()[0].strip("(") not in VERBS and not text.lstrip("(").startswith(OTHER_BEGINNINGS)]


def test_nobody_is_told_off():
    assert not [str(one) for one, text in whats() + hints() if re.search(r"\b(please|sorry|oops|illegal|you must)\b", text)]


# An error's text that another function puts into a sentence, with a hint of its own there.
PARTS = {"extended_json.cc", "json_writer.cc", "shell_json.cc", "update_diff.cc"}


def test_a_wrong_command_line_or_file_is_told_what_to_try():
    assert not [str(one) for one in MESSAGES
                if one.cause in ("usage", "input", "unauthorized", "history_lost") and not one.hinted and one.file not in PARTS]


@pytest.mark.parametrize("source, what", [
    ('fail(Cause::usage, "one "\n  "text", "a hint");', (("one text",), ("a hint",))),
    ('fail(Cause::usage, fmt::format("some {} text", name(")")), hint);', (("some {} text",), ())),
])
def test_the_source_is_read_as_a_compiler_reads_it(source, what):
    _, *texts = arguments(source, source.index("("))
    assert tuple(literals(text) for text in texts) == what


def test_a_files_own_maker_of_errors_may_name_what_it_is_about_first():
    args = arguments('bad_uri(text, "has no scheme", "write mongodb://HOST")', 7)
    found = message(Path("x.cc"), "bad_uri", args)
    assert (found.what, found.hint) == (("has no scheme",), ("write mongodb://HOST",))
