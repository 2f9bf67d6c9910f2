#include "cli/help.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "cli/flags.h"

namespace mongotail::cli {
namespace {

constexpr std::size_t text_column = 25;
constexpr std::size_t width = 80;

constexpr std::string_view tail_head = R"(Usage: mongotail [OPTIONS] [URI...]
       mongotail serve [OPTIONS] [URI]    see mongotail serve --help
       mongotail info [OPTIONS] [URI...]  see mongotail info --help
Follow the oplog of a MongoDB replica set or sharded cluster: every insert,
update, delete and command as it happens. URI: mongodb://..., mongodb+srv://...
or host[:port]; default $MONGOTAIL_URI, then mongodb://localhost:27017.
)";

constexpr std::string_view tail_times =
    R"(TIME: now, oldest, 5m (s m h d w ago), 22:00, today, yesterday,
2026-11-23 01:03, 2026-11-23T01:03:15Z, Unix seconds, Timestamp(SECS, ORD)
)";

constexpr std::string_view tail_foot = R"(
The user needs the role read on the database local (for Atlas, docs/guide.md).
Exit status: 0 ended as requested, 1 failure, 2 usage, 3 history lost.

Examples
  mongotail --ns shop.orders --op i,u mongodb://db1,db2/?replicaSet=rs0
  mongotail --since -1h --no-follow -o json | jq .o
  mongotail --ns shop --id 6b03e7870a4b4654683d4b39 --format '{time} {op} {o}'
)";

constexpr std::string_view serve_head = R"(Usage: mongotail serve [OPTIONS] [URI]
Read the oplog once and serve it to any number of subscribers over HTTP: curl,
a browser's EventSource, or another mongotail. They request, for example,
http://127.0.0.1:9994/tail?ns=shop.orders&op=i; parameters have the names of
mongotail's flags. See also man mongotail-serve.
)";

constexpr std::string_view serve_foot = R"(
The user needs the role read on the database local. The filters above limit
what any subscriber can see.
Exit status: 0 ended as requested, 1 failure, 2 usage.

Examples
  mongotail serve --listen unix:/run/mongotail.sock mongodb://db1,db2,db3
  mongotail serve --allow-origin https://shop.example mongodb://db1
  mongotail serve --listen :9000 --ns 'shop.*' mongodb://db1
)";

constexpr std::string_view info_head = R"(Usage: mongotail info [OPTIONS] [URI...]
Report on a replica set's oplog: its first and last entry, the hours it covers
now and would at the present rate, its size, how much is written per hour, and
with --members how far each member lags and how long it may be down before it
needs a new initial sync. It reads counters and samples, not the whole oplog,
so it takes only a moment. For a sharded cluster (a mongos, or its config
servers with --sharded) or several URIs, it reports on each, and on the period
that all of them cover.
)";

constexpr std::string_view info_foot = R"(
The user needs the role read on the database local, and clusterMonitor for the
members and the minimum retention; without a role, its figures are left out.
Exit status: 0 ended as requested, 1 failure, 2 usage.

Examples
  mongotail info --members mongodb://db1,db2,db3
  mongotail info -o json mongodb://db1 | jq .hours
  mongotail info --sharded mongodb://cfg1,cfg2,cfg3/?replicaSet=cfg
)";

using Command = Invocation::Command;
using Group = Flag::Group;

struct Texts {
  std::string_view name, head, foot;
};

Texts texts_of(Command command) {
  switch (command) {
    case Command::serve:
      return {"mongotail serve", serve_head, serve_foot};
    case Command::info:
      return {"mongotail info", info_head, info_foot};
    case Command::tail:
      break;
  }
  return {"mongotail", tail_head, tail_foot};
}

std::string_view title(Group group, Command command) {
  const bool serves = command == Command::serve;
  switch (group) {
    case Group::listener:
      return "Listener";
    case Group::connection:
      return serves ? "The MongoDB server" : "Connection";
    case Group::selection:
      return serves ? "Filters (limits for all subscribers)" : "Filters (all must match)";
    case Group::files:
      return serves ? "Token" : "Input";
    case Group::length:
      return "When to stop";
    case Group::output:
      return "Output";
    case Group::resume:
      return "Resume";
    case Group::general:
      break;
  }
  return "General";
}

std::string label(const Flag& flag) {
  std::string text = "  ";
  if (!flag.letter.empty()) text += fmt::format("{}, ", flag.letter);
  text += flag.name;
  if (flag.value == Flag::Value::optional) {
    text += fmt::format(" [{}]", flag.placeholder);
  } else if (flag.takes_value()) {
    text += fmt::format(" {}{}", flag.placeholder, flag.value == Flag::Value::files ? "..." : "");
  }
  return text;
}

/// `text` from the column on, in as many lines as it takes.
void append_wrapped(std::string& out, std::size_t column, std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    if (column > text_column && column + 1 + word.size() > width) {
      out += '\n';
      out.append(text_column, ' ');
      column = text_column;
    } else if (column > text_column) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
  }
  out += '\n';
}

void append_flag(std::string& out, const Flag& flag, std::string_view text) {
  const std::string name = label(flag);
  out += name;
  if (name.size() + 1 < text_column) {
    out.append(text_column - name.size(), ' ');
  } else {
    out += '\n';
    out.append(text_column, ' ');
  }
  append_wrapped(out, text_column, text);
}

std::string described(const Flag& flag) {
  std::string text(flag.text);
  if (flag.value == Flag::Value::word || flag.value == Flag::Value::list) {
    text += ": ";
    for (const char c : flag.words) text += c == ' ' ? std::string(", ") : std::string(1, c);
  }
  if (flag.repeatable()) text += "; repeatable";
  if (!flag.fallback.empty()) text += fmt::format(" (default: {})", flag.fallback);
  return text;
}

/// One line, for the short help.
void append_short(std::string& out, const Flag& flag) {
  std::string line = label(flag);
  line.append(line.size() + 1 < text_column ? text_column - line.size() : 2, ' ');
  const std::string text = described(flag);
  line += line.size() + text.size() <= width ? text : std::string(flag.text);
  out += line + "\n";
}

}  // namespace

std::string help_text(Command command) {
  std::string out(texts_of(command).head);
  out += "\nCommon flags (--help-all lists all of them):\n";
  for (const Flag& flag : flags()) {
    if (flag.is_of(command) && flag.common) append_short(out, flag);
  }
  if (command == Command::tail) out += tail_times;
  out += texts_of(command).foot;
  return out;
}

std::string full_help_text(Command command) {
  std::string out(texts_of(command).head);
  std::string_view last_title;
  for (const Flag& flag : flags()) {
    if (!flag.is_of(command)) continue;
    const std::string_view its_title = title(flag.group, command);
    if (its_title != last_title) out += fmt::format("\n{}\n", its_title);
    last_title = its_title;
    append_flag(out, flag, described(flag));
  }
  if (command == Command::tail) out += fmt::format("\n{}", tail_times);
  out += texts_of(command).foot;
  return out;
}

Error pointing_to_help(Error error, Command command) {
  // A --config file's mistakes are damage.
  const bool of_flags = error.cause == Cause::usage;
  if (!of_flags || !error.hint.empty()) return error;
  error.hint = fmt::format("see {} --help", texts_of(command).name);
  return error;
}

std::string version_text(std::string_view driver_version) {
  return fmt::format("mongotail {}\nlibmongoc {}\n", MONGOTAIL_VERSION, driver_version);
}

}  // namespace mongotail::cli
