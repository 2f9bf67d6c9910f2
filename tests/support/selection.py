"""What the flags of the program select, said a second time: by the contract of its command line alone."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Operation = dict[str, Any]

_WORDS = {"i": "insert", "u": "update", "d": "delete", "c": "command", "n": "noop"}
# Commands that name a collection of the database in whose `$cmd` they stand.
_RELATIVE = {"create", "drop", "createIndexes", "startIndexBuild", "commitIndexBuild", "abortIndexBuild", "dropIndexes",
             "deleteIndexes", "collMod", "emptycapped"}


def _part(pattern: str, any_character: str) -> str:
    """A regular expression for one side of the dot."""
    out, rest = "", iter(pattern)
    for character in rest:
        if character == "*":
            out += f"{any_character}*"
        elif character == "?":
            out += any_character
        else:
            out += re.escape(next(rest) if character == "\\" else character)
    return out


class Pattern:
    """One --ns or --ns-exclude."""

    def __init__(self, text: str) -> None:
        database, dot, collection = text.partition(".")
        self._database = re.compile(_part(database, "[^.]"), re.DOTALL)
        self._collection = re.compile(_part(collection if dot else "*", "."), re.DOTALL)
        self._any_collection = not dot or collection == "*"

    def names(self, ns: str) -> bool:
        database, _, collection = ns.partition(".")
        time_series = collection.removeprefix("system.buckets.") or collection
        return bool(self._database.fullmatch(database)
                    and (self._collection.fullmatch(collection) or self._collection.fullmatch(time_series)))

    def has_database(self, name: str) -> bool:
        return bool(self._database.fullmatch(name))

    def covers_database(self, name: str) -> bool:
        return self._any_collection and self.has_database(name)


def named_by(operation: Operation) -> tuple[list[str], str | None]:
    """The collections that an operation is about, or the database that it drops."""
    database = operation["ns"].partition(".")[0]
    if operation["op"] != "c":
        return [operation["ns"]], None
    name, value = next(iter(operation["o"].items()))
    if name == "dropDatabase":
        return [], database
    if name == "renameCollection":
        return [value, operation["o"]["to"]], None
    if name in _RELATIVE:
        return [f"{database}.{value}"], None
    assert name == "dbCheck", f"a command that the model doesn't know: {name}"
    return [value], None


@dataclass
class Selection:
    """Flags, and which operations they let through. `query` is its JSON and what it asks."""

    ns: list[str] = field(default_factory=list)
    exclude: list[str] = field(default_factory=list)
    ops: str | None = None
    id: Any = None
    query: tuple[str, Callable[[Operation], bool]] | None = None

    def args(self) -> list[str]:
        args = [arg for text in self.ns for arg in ("--ns", text)]
        args += [arg for text in self.exclude for arg in ("--ns-exclude", text)]
        if self.ops is not None:
            args += ["--op", ",".join(_WORDS[op] if number % 2 else op for number, op in enumerate(self.ops))]
        if self.id is not None:
            args += ["--id", str(self.id)]
        return args + (["-q", self.query[0]] if self.query else [])

    def shows(self, operation: Operation) -> bool:
        return (operation["op"] in (self.ops if self.ops is not None else "iudc") and self._shows_namespace(operation)
                and self._shows_id(operation) and (self.query is None or self.query[1](operation)))

    def _shows_namespace(self, operation: Operation) -> bool:
        names, database = named_by(operation)
        include = [Pattern(text) for text in self.ns]
        exclude = [Pattern(text) for text in self.exclude]
        if not include:
            exclude += [Pattern("config.*"), Pattern("admin.system.*")]
        if database is not None:
            wanted = not include or any(pattern.has_database(database) for pattern in include)
            return wanted and not any(pattern.covers_database(database) for pattern in exclude)
        if include and not any(pattern.names(name) for pattern in include for name in names):
            return False
        return not all(any(pattern.names(name) for pattern in exclude) for name in names)

    def _shows_id(self, operation: Operation) -> bool:
        if self.id is None:
            return True
        return any(operation.get(part, {}).get("_id") == self.id for part in ("o", "o2"))
