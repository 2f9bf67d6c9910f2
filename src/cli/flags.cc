#include "cli/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/suggest.h"
#include "base/text.h"

namespace mongotail::cli {
namespace {

using I = Invocation;
using V = Flag::Value;
using G = Flag::Group;

constexpr std::string_view operations =
    "insert update delete command noop create drop dropDatabase renameCollection createIndexes "
    "startIndexBuild commitIndexBuild dropIndexes collMod";
constexpr std::string_view times = "now oldest today yesterday";
constexpr std::string_view mechanisms =
    "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN MONGODB-X509 GSSAPI MONGODB-AWS MONGODB-OIDC";

/// A flag of the tail and of serve; of info too if it is about the connection or general.
constexpr Flag both(Flag flag) {
  flag.serve = true;
  flag.info = flag.group == G::connection || flag.group == G::general;
  return flag;
}
/// A flag of the tail and of info.
constexpr Flag also_informs(Flag flag) {
  flag.info = true;
  return flag;
}
/// A flag of info alone.
constexpr Flag informs(Flag flag) {
  flag.info = true;
  flag.tail = false;
  return flag;
}
/// A flag of serve alone.
constexpr Flag serves(Flag flag) {
  flag.serve = true;
  flag.tail = false;
  return flag;
}

constexpr std::array table{
    serves({.name = "--listen", .field = &I::listen, .group = G::listener,
            .text = "where to listen", .value = V::free,
            .placeholder = "ADDR", .fallback = "what systemd hands over, else 127.0.0.1:9994",
            .common = true}),
    serves({.name = "--listen-tlsCertificateKeyFile", .field = &I::listen_tls_certificate_key_file,
            .group = G::listener, .text = "certificate and key for https", .value = V::file,
            .placeholder = "FILE"}),
    serves({.name = "--allow-host", .field = &I::allow_host, .group = G::listener,
            .text = "also accept requests for this host name", .value = V::free, .placeholder = "NAME"}),
    serves({.name = "--allow-origin", .field = &I::allow_origin, .group = G::listener,
            .text = "let web pages of this origin subscribe", .value = V::free, .placeholder = "ORIGIN",
            .common = true}),
    serves({.name = "--socket-mode", .field = &I::socket_mode, .group = G::listener,
            .text = "file mode of a unix socket", .value = V::free, .placeholder = "MODE",
            .fallback = "0600"}),
    serves({.name = "--ring-size", .field = &I::ring_size, .group = G::listener,
            .text = "memory for the newest operations", .value = V::free, .placeholder = "SIZE",
            .fallback = "64MiB"}),
    serves({.name = "--drop-after", .field = &I::drop_after, .group = G::listener,
            .text = "disconnect subscribers that stay behind this long", .value = V::free, .placeholder = "SECONDS",
            .fallback = "30"}),
    serves({.name = "--max-subscribers", .field = &I::max_subscribers, .group = G::listener,
            .text = "maximum concurrent subscribers", .value = V::free, .placeholder = "N", .fallback = "16384"}),
    both({.name = "--uri", .field = &I::uri, .group = G::connection,
          .text = "the server, in place of the argument", .value = V::free, .placeholder = "URI",
          .fallback = "$MONGOTAIL_URI, then mongodb://localhost:27017",
          .yields_to = "--host --port --file --connect"}),
    also_informs({.name = "--sharded", .field = &I::sharded, .group = G::connection,
         .text = "follow all shards of the cluster; the URI names its config servers"}),
    also_informs({.name = "--shard-username", .field = &I::shard_username, .group = G::connection,
         .text = "user to authenticate as on the shards", .value = V::free, .placeholder = "NAME",
         .fallback = "the same user"}),
    also_informs({.name = "--shard-password", .field = &I::shard_password, .group = G::connection,
         .text = "password of that user", .value = V::free, .placeholder = "PASSWORD"}),
    also_informs({.name = "--shard-map", .field = &I::shard_map, .group = G::connection,
         .text = "hosts to use for a shard", .value = V::free,
         .placeholder = "NAME=HOSTS"}),
    also_informs({.name = "--label", .field = &I::labels, .group = G::connection,
         .text = "names for several servers or files, in their order", .value = V::free,
         .placeholder = "NAME", .fallback = "the name of the set or file"}),
    Flag{.name = "--order", .field = &I::order, .group = G::connection,
         .text = "order of several servers or files in one stream", .value = V::word,
         .placeholder = "ORDER", .words = "ts arrival", .fallback = "ts"},
    Flag{.name = "--jobs", .field = &I::jobs, .group = G::connection,
         .text = "read a filtered past over up to N cursors at once", .value = V::free,
         .placeholder = "N", .fallback = "2", .yields_to = "--file --connect"},
    both({.name = "--host", .field = &I::host, .group = G::connection,
          .text = "name or address of the server", .value = V::free, .placeholder = "HOST",
          .yields_to = "--uri --file --connect"}),
    both({.name = "--port", .field = &I::port, .group = G::connection, .text = "port of the server",
          .value = V::free, .placeholder = "PORT", .fallback = "27017",
          .yields_to = "--uri --host --file --connect"}),
    both({.name = "--username", .letter = "-u", .field = &I::username, .group = G::connection,
          .text = "user to authenticate as", .value = V::free, .placeholder = "NAME", .common = true,
          .yields_to = "--file --connect"}),
    both({.name = "--password", .letter = "-p", .field = &I::password, .group = G::connection,
          .text = "password; without a value, prompts for it", .value = V::optional,
          .placeholder = "PASSWORD", .common = true, .yields_to = "--file --connect"}),
    both({.name = "--authenticationDatabase", .field = &I::auth_database, .group = G::connection,
          .text = "database that the user was created in", .value = V::free, .placeholder = "DB",
          .fallback = "admin"}),
    both({.name = "--authenticationMechanism", .field = &I::auth_mechanism, .group = G::connection,
          .text = "authentication mechanism", .value = V::word, .placeholder = "MECHANISM",
          .words = mechanisms, .fallback = "what the server offers"}),
    both({.name = "--tls", .field = &I::tls, .group = G::connection, .text = "use TLS",
          .common = true}),
    both({.name = "--tlsCAFile", .field = &I::tls_ca_file, .group = G::connection,
          .text = "certificates to trust", .value = V::file, .placeholder = "FILE",
          .fallback = "the system's"}),
    both({.name = "--tlsCertificateKeyFile", .field = &I::tls_certificate_key_file,
          .group = G::connection, .text = "client certificate and key", .value = V::file,
          .placeholder = "FILE"}),
    both({.name = "--tlsCertificateKeyFilePassword", .field = &I::tls_certificate_key_file_password,
          .group = G::connection, .text = "password of the key", .value = V::free,
          .placeholder = "PASSWORD"}),
    both({.name = "--tlsAllowInvalidCertificates", .field = &I::tls_allow_invalid_certificates,
          .group = G::connection, .text = "trust any certificate"}),
    both({.name = "--tlsAllowInvalidHostnames", .field = &I::tls_allow_invalid_hostnames,
          .group = G::connection, .text = "trust a certificate for another host"}),
    both({.name = "--config", .field = &I::config_file, .group = G::connection,
          .text = "read options from a file, a name = value line each", .value = V::file,
          .placeholder = "FILE", .in_file = false}),
    both({.name = "--ns", .field = &I::ns, .group = G::selection,
          .text = "only these namespaces, as db.coll, db.* or db", .value = V::free,
          .placeholder = "PATTERN", .common = true, .parameter = true}),
    both({.name = "--ns-exclude", .field = &I::ns_exclude, .group = G::selection,
          .text = "exclude these namespaces", .value = V::free, .placeholder = "PATTERN",
          .parameter = true}),
    both({.name = "--db", .letter = "-d", .field = &I::db, .group = G::selection,
          .text = "only this database", .value = V::free, .placeholder = "DB", .parameter = true}),
    both({.name = "--collection", .letter = "-c", .field = &I::collection, .group = G::selection,
          .text = "only this collection", .value = V::free, .placeholder = "COLL",
          .parameter = true}),
    both({.name = "--op", .field = &I::ops, .group = G::selection, 
          .text = "only these operations, or commands by name",
          .value = V::list, .placeholder = "LIST", .words = operations,
          .fallback = "all but noop", .common = true, .parameter = true}),
    both({.name = "--id", .field = &I::id, .group = G::selection,
          .text = "only the document with this _id", .value = V::free, .placeholder = "VALUE",
          .common = true, .parameter = true}),
    both({.name = "--changed", .field = &I::changed, .group = G::selection,
          .text = "only changes of this field, or to this value", .value = V::free, .placeholder = "PATH[=VALUE]",
          .common = true, .parameter = true}),
    both({.name = "--query", .letter = "-q", .field = &I::query, .group = G::selection,
          .text = "only entries that match this MQL query", .value = V::free,
          .placeholder = "QUERY", .common = true, .parameter = true}),
    both({.name = "--by-user", .field = &I::by_user, .group = G::selection,
          .text = "only what this user wrote in a session", .value = V::free,
          .placeholder = "NAME[@DB]", .parameter = true}),
    Flag{.name = "--from-migrate", .field = &I::from_migrate, .group = G::selection,
         .text = "also show what chunk migrations copy and delete"},
    both({.name = "--internal", .field = &I::internal, .group = G::selection,
          .text = "also show config.* and admin.system.*", .parameter = true}),
    Flag{.name = "--since", .letter = "-S", .field = &I::since, .group = G::selection,
         .text = "start at this time", .value = V::time, .placeholder = "TIME", .words = times,
         .fallback = "now", .common = true, .parameter = true},
    Flag{.name = "--until", .letter = "-U", .field = &I::until, .group = G::selection,
         .text = "stop before this time", .value = V::time, .placeholder = "TIME",
         .words = times, .common = true, .parameter = true},
    Flag{.name = "--lines", .letter = "-n", .field = &I::lines, .group = G::selection,
         .text = "start with the last N operations", .value = V::free, .placeholder = "N",
         .common = true, .parameter = true},
    Flag{.name = "--file", .field = &I::files, .group = G::files,
         .text = "read saved oplogs, BSON or JSON; - is standard input", .value = V::files, .placeholder = "PATH",
         .common = true, .yields_to = "--uri --host --port --connect"},
    Flag{.name = "--base", .field = &I::base, .group = G::files,
         .text = "collection dump to start --state from", .value = V::file,
         .placeholder = "FILE"},
    Flag{.name = "--merge", .field = &I::merge, .group = G::files,
         .text = "read several files as one stream, merged by time"},
    Flag{.name = "--skip-damaged", .field = &I::skip_damaged, .group = G::files,
         .text = "skip damage; continue at the next intact entry"},
    Flag{.name = "--connect", .field = &I::connect, .group = G::files,
         .text = "read from another mongotail, started with serve", .value = V::free, .placeholder = "ADDR",
         .common = true, .yields_to = "--uri --host --port --file"},
    both({.name = "--token-file", .field = &I::token_file, .group = G::files,
          .text = "file with the token for mongotail serve", .value = V::file,
          .placeholder = "FILE"}),
    Flag{.name = "--follow", .letter = "-f", .field = Follows{true}, .group = G::length,
         .text = "wait for new entries", .yields_to = "--no-follow"},
    Flag{.name = "--no-follow", .field = Follows{false}, .group = G::length,
         .text = "stop at the entry that was newest at start-up", .common = true, .parameter = true,
         .yields_to = "--follow"},
    Flag{.name = "--limit", .field = &I::limit, .group = G::length,
         .text = "stop after N operations", .value = V::free, .placeholder = "N",
         .common = true, .parameter = true},
    Flag{.name = "--output", .letter = "-o", .field = &I::output, .group = G::output,
         .text = "output format", .value = V::word, .placeholder = "FORMAT",
         .words = "json pretty short event bson", .fallback = "pretty on a terminal, else json",
         .common = true, .parameter = true, .yields_to = "--format"},
    Flag{.name = "--with-cursor", .field = &I::with_cursor, .group = G::output,
         .text = "end each JSON line with the cursor to resume after it", .parameter = true},
    Flag{.name = "--jsonFormat", .field = &I::json_format, .group = G::output,
         .text = "kind of Extended JSON", .value = V::word, .placeholder = "MODE",
         .words = "relaxed canonical", .fallback = "relaxed"},
    Flag{.name = "--format", .field = &I::text_template, .group = G::output,
         .text = "print each operation by a template", .value = V::free, .placeholder = "TEMPLATE",
         .common = true, .yields_to = "--output"},
    both({.name = "--known-users", .field = &I::known_users, .group = G::output,
          .text = "file of users to show by name, one name@db per line", .value = V::file,
          .placeholder = "FILE"}),
    Flag{.name = "--raw", .field = &I::raw, .group = G::output, .text = "entries as stored, transactions not unwrapped"},
    Flag{.name = "--state", .field = &I::state, .group = G::output,
         .text = "show the --id document after each operation"},
    Flag{.name = "--summary", .field = &I::summary, .group = G::output,
         .text = "count operations and bytes by namespace", .common = true},
    Flag{.name = "--summary-by", .field = &I::summary_by, .group = G::output,
         .text = "summarize by these keys", .value = V::list, .placeholder = "KEYS",
         .words = "ns op db id field user session minute hour day shard", .fallback = "ns,op"},
    Flag{.name = "--sort", .field = &I::sort, .group = G::output, .text = "order of a summary",
         .value = V::word, .placeholder = "ORDER", .words = "bytes count key",
         .fallback = "bytes"},
    Flag{.name = "--color", .field = &I::color, .group = G::output, .text = "when to use color",
         .value = V::word, .placeholder = "WHEN", .words = "auto always never", .fallback = "auto"},
    Flag{.name = "--utc", .field = &I::utc, .group = G::output, .text = "times in UTC",
         .fallback = "local time", .info = true},
    informs({.name = "--members", .field = &I::members, .group = G::output,
             .text = "list each member of the set", .common = true}),
    informs({.name = "--deep", .field = &I::deep, .group = G::output,
             .text = "read the whole oplog, for exact figures", .common = true}),
    informs({.name = "--output", .letter = "-o", .field = &I::output, .group = G::output,
             .text = "output format", .value = V::word, .placeholder = "FORMAT",
             .words = "text json", .fallback = "text", .common = true}),
    Flag{.name = "--cursor-file", .field = &I::cursor_file, .group = G::resume,
         .text = "resume from the cursor in FILE; keep it updated", .value = V::file,
         .placeholder = "FILE", .common = true},
    Flag{.name = "--after-cursor", .field = &I::after_cursor, .group = G::resume,
         .text = "start right after this cursor", .value = V::free, .placeholder = "CURSOR",
         .parameter = true},
    Flag{.name = "--show-cursor", .field = &I::show_cursor, .group = G::resume,
         .text = "print the cursor on stderr at the end"},
    Flag{.name = "--read-concern", .field = &I::read_concern, .group = G::resume,
         .text = "print what a majority has, or at once", .value = V::word, .placeholder = "LEVEL",
         .words = "majority local", .fallback = "majority"},
    Flag{.name = "--allow-gap", .field = &I::allow_gap, .group = G::resume,
         .text = "if the start has left the oplog, begin at its oldest entry", .parameter = true},
    both({.name = "--verbose", .letter = "-v", .field = &I::verbose, .group = G::general,
          .text = "log progress to stderr", .common = true, .yields_to = "--quiet"}),
    both({.name = "--quiet", .field = &I::quiet, .group = G::general, .text = "print only fatal errors on stderr",
          .yields_to = "--verbose"}),
    both({.name = "--version", .letter = "-V", .field = I::Action::version, .group = G::general,
          .text = "print the version", .in_file = false}),
    both({.name = "--help", .letter = "-h", .field = I::Action::help, .group = G::general,
          .text = "print the common flags", .common = true, .in_file = false}),
    both({.name = "--help-all", .field = I::Action::help_all, .group = G::general,
          .text = "print all flags", .common = true, .in_file = false}),
};

std::string_view without_dashes(std::string_view typed) {
  return typed.substr(std::min(typed.find_first_not_of('-'), typed.size()));
}

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;  // clang 14 does not find it

}  // namespace

tl::unexpected<Error> usage(std::string what, std::string hint) {
  return fail(Cause::usage, std::move(what), std::move(hint));
}

std::span<const Flag> flags() {
  return table;
}

const Flag* find_flag(Invocation::Command command, std::string_view name) {
  if (name.empty()) return nullptr;
  const auto found = std::ranges::find_if(table, [&](const Flag& flag) {
    return flag.is_of(command) && (flag.name == name || flag.letter == name);
  });
  return found == table.end() ? nullptr : &*found;
}

std::string flag_hint(Invocation::Command command, std::string_view typed) {
  const std::string_view word = without_dashes(typed);
  const std::string letter = "-" + lower(word);
  std::vector<std::string> names;
  for (const Flag& flag : table) {
    if (!flag.is_of(command)) continue;
    if (!flag.letter.empty() && lower(flag.letter) == letter) {
      return fmt::format("did you mean {}?", flag.letter);
    }
    names.emplace_back(without_dashes(flag.name));
  }
  const auto name = closest(word, names);
  return name ? fmt::format("did you mean --{}?", *name) : std::string();
}

void set(Invocation& invocation, const Flag& flag, std::string value) {
  std::visit(Overloaded{
                 [&](I::Text I::*field) { invocation.*field = std::move(value); },
                 [&](I::Texts I::*field) { (invocation.*field).push_back(std::move(value)); },
                 [&](bool I::*field) { invocation.*field = true; },
                 [&](I::Action action) { invocation.action = action; },
                 [&](Follows follows) {
                   invocation.follow = follows.follow;
                   invocation.follow_given = true;
                 },
             },
             flag.field);
}

}  // namespace mongotail::cli
