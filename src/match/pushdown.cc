#include "match/pushdown.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "match/changed.h"
#include "match/ns_glob.h"
#include "match/query_pushdown.h"
#include "oplog/user.h"

namespace mongotail::match {
namespace {

using bson::Builder;
using Globs = std::vector<NsGlob>;
using Letters = std::vector<std::string_view>;
using Paths = std::vector<ChangedPath>;

Result<Globs> parse_globs(const std::vector<std::string>& patterns) {
  Globs globs;
  for (const std::string& pattern : patterns) {
    auto glob = NsGlob::parse(pattern);
    if (!glob) return fail(std::move(glob.error()));
    globs.push_back(*std::move(glob));
  }
  return globs;
}

Result<Paths> parse_paths(const std::vector<std::string>& texts) {
  Paths paths;
  for (const std::string& text : texts) {
    auto path = ChangedPath::parse(text);
    if (!path) return fail(std::move(path.error()));
    paths.push_back(*std::move(path));
  }
  return paths;
}

// A server compiles a regular expression only up to a length, and gives up a match after about
// 200,000 steps; one of our globs takes less than 1,000 of them on a namespace. No glob that is
// longer than this in text matches a name that today's servers allow.
constexpr std::size_t longest_regex = 8000;
constexpr std::ptrdiff_t most_globs_in_regex = 64;

/// The patterns to select by; none if every namespace is wanted.
Globs selective(Globs include) {
  if (std::ranges::any_of(include, &NsGlob::matches_everything)) include.clear();
  return include;
}

// The server must not drop more than the client would, so only patterns whose regular expression is
// exact are taken.
Globs exact_only(Globs exclude) {
  std::erase_if(exclude, [](const NsGlob& glob) {
    return glob.matches_everything() || (!glob.literal() && !glob.whole_database()) ||
           glob.regex().size() > longest_regex;
  });
  return exclude;
}

void append_regex(std::string_view key, const NsGlob& glob, Builder& out) {
  const std::string regex = glob.regex();
  out.append_regex(key, regex.size() <= longest_regex ? regex : "^", "");
}

// Into an array whose next index that is.
void append_glob(std::size_t& index, const NsGlob& glob, Builder& out) {
  char buffer[24];
  if (const auto literal = glob.literal()) {
    out.append(bson::array_key(index++, buffer), *literal);
    out.append(bson::array_key(index++, buffer), *glob.buckets_literal());
  } else {
    append_regex(bson::array_key(index++, buffer), glob, out);
  }
}

void append_globs(std::string_view key, const Globs& globs, Builder& out) {
  std::size_t index = 0;
  out.open_array(key);
  for (const NsGlob& glob : globs) append_glob(index, glob, out);
  out.close();
}

void append_ns(const Globs& include, const Globs& exclude, Builder& out) {
  if (include.empty() && exclude.empty()) return;
  if (include.size() == 1 && exclude.empty() && !include.front().literal()) {
    append_regex("ns", include.front(), out);
    return;
  }
  out.open_document("ns");
  if (!include.empty()) append_globs("$in", include, out);
  if (!exclude.empty()) append_globs("$nin", exclude, out);
  out.close();
}

/// The letters but "c" that may match, where the list is closed. Nothing is said against no-ops
/// while it is open: an idle set writes one in ten seconds.
std::optional<Letters> closed_list(const Selection& selection) {
  OpSet ops = selection.ops;
  // Only inserts and updates change fields.
  if (!selection.changed.empty()) ops.remove = ops.noop = ops.unknown = false;
  if (ops.unknown) return std::nullopt;
  Letters letters;
  if (ops.insert) letters.emplace_back("i");
  if (ops.update) letters.emplace_back("u");
  if (ops.remove) letters.emplace_back("d");
  if (ops.noop) letters.emplace_back("n");
  return letters;
}

void append_ops(const Letters& letters, Builder& out) {
  if (letters.size() == 1) {
    out.append("op", letters.front());
    return;
  }
  char buffer[24];
  std::size_t index = 0;
  out.open_document("op").open_array("$in");
  for (const std::string_view letter : letters) {
    out.append(bson::array_key(index++, buffer), letter);
  }
  out.close().close();
}

// `{$eq: v}`, since a bare v may be read as operators. Commands have no `_id`.
void append_id(const bson::Element& id, Builder& out) {
  // The server can't compare with undefined, and reads null as what is missing.
  if (id.type() == bson::Type::undefined || id.type() == bson::Type::null) return;
  out.open_array("$or");
  out.open_document("0").open_document("o._id").append("$eq", id).close().close();
  out.open_document("1").open_document("o2._id").append("$eq", id).close().close();
  out.close();
}

void append_users(std::string_view key, const std::vector<std::string>& users, Builder& out) {
  char buffer[24];
  std::size_t index = 0;
  out.open_array(key);
  for (const std::string& user : users) {
    out.append_binary(bson::array_key(index++, buffer), 0, oplog::user_id(user));
  }
  out.close();
}

void append_query(bson::Document query, Builder& out) {
  const bson::OwnedDocument certain = certain_parts(query);
  if (certain.view().empty()) return;
  out.open_array("$and").append("0", certain.view()).close();
}

// That an insert surely does not match: it lacks the field, or has another value there. An array
// may contain the value at any depth.
void append_lack(const ChangedPath& path, Builder& out) {
  const std::string field = "o." + std::string(*path.field());
  const auto value = path.value();
  if (!value || !is_certain_value(*value)) {
    out.open_document(field).append("$exists", false).close();
    return;
  }
  out.open_document(field).append("$ne", *value);
  out.open_document("$not").append("$type", std::int32_t{4}).close().close();
}

// Only inserts that surely touch no path are left out. Of updates a server can't say that: a
// modifier's names have dots, and a delta may have parts that are not known yet. Nor of longer
// paths, since a name may have dots itself.
void append_changed(const Paths& paths, Builder& out) {
  const bool decidable = std::ranges::all_of(paths, [](const ChangedPath& path) {
    const auto field = path.field();
    return field && !field->starts_with('$');
  });
  if (paths.empty() || !decidable) return;
  char buffer[24];
  std::size_t index = 0;
  out.open_array("$nor").open_document("0").append("op", "i").open_array("$and");
  for (const ChangedPath& path : paths) {
    out.open_document(bson::array_key(index++, buffer));
    append_lack(path, out);
    out.close();
  }
  out.close().close().close();
}

// The conditions on entries that are no commands, all but `op`.
bson::OwnedDocument plain_conditions(const Selection& selection, const Globs& include,
                                     const Globs& exclude, const Paths& changed) {
  Builder out;
  append_ns(include, exclude, out);
  if (!selection.users.empty()) {
    out.open_document("lsid.uid");
    append_users("$in", selection.users, out);
    out.close();
  }
  const auto id = selection.id ? selection.id->view().first() : std::nullopt;
  if (id) append_id(*id, out);
  if (selection.query) append_query(selection.query->view(), out);
  append_changed(changed, out);
  return out.take();
}

// Operations of a transaction that may be wanted: in those namespaces, without one, or a command.
// A command's `ns` is `db.$cmd` of its collection's database; `admin.$cmd`, which some have outside
// of transactions, costs nothing.
void append_wanted_operations(const Globs& include, bool only_commands, Builder& out) {
  if (only_commands) {
    out.append("op", "c");
    return;
  }
  const bool known_databases = std::ranges::all_of(
      include, [](const NsGlob& glob) { return glob.database_literal().has_value(); });
  char buffer[24];
  std::size_t index = 0;
  if (!known_databases) {
    out.open_array("$or");
    out.open_document("0").append("op", "c").close().open_document("1");
  }
  out.open_document("ns").open_array("$in");
  for (const NsGlob& glob : include) {
    append_glob(index, glob, out);
    if (!known_databases || glob.whole_database()) continue;
    out.append(bson::array_key(index++, buffer), std::string(*glob.database_literal()) + ".$cmd");
  }
  if (known_databases) out.append(bson::array_key(index++, buffer), "admin.$cmd");
  out.append(bson::array_key(index, buffer), bson::Element()).close().close();
  if (!known_databases) out.close().close();
}

/// Which commands may match.
struct CommandsWanted {
  bool within_only = false;  ///< of a transaction nothing but a command inside it
  bool all = true;
  const std::vector<std::string>& names;  ///< while `all` is false
  const std::vector<std::string>& users;  ///< none: everybody's
};

// As an element of $nor: commands of other names that hold no operations and end no transaction. An
// $or of the wanted ones would cost each entry of the oplog: servers evaluate it before `op`.
void append_other_commands(std::string_view key, const std::vector<std::string>& names,
                           Builder& out) {
  out.open_document(key);
  const auto append = [&out](std::string_view name) {
    out.open_document("o." + std::string(name)).append("$exists", false).close();
  };
  for (const std::string& name : names) append(name);
  for (const std::string_view name : {"applyOps", "commitTransaction", "abortTransaction"}) {
    if (std::ranges::find(names, name) == names.end()) append(name);
  }
  out.close();
}

// What surely is a whole transaction without an operation that may be wanted: `prevOpTime` of null
// says that no other entry belongs to it. Most of a filter's cost is the transactions that it lets
// through; $elemMatch costs less than a path into the array.
void append_unwanted_transactions(const Globs& include, bool only_commands, Builder& out) {
  out.append("prevOpTime.ts", bson::Timestamp{0, 0});
  out.append("o.prepare", bson::Element());
  out.open_document("o.applyOps").append("$exists", true);
  out.open_document("$not").open_document("$elemMatch");
  append_wanted_operations(include, only_commands, out);
  out.close().close().close();
}

// As an element of $nor: what has a session, and it is another user's. All entries of a transaction
// have the same.
void append_others_sessions(std::string_view key, const std::vector<std::string>& users,
                            Builder& out) {
  out.open_document(key).open_document("lsid.uid").append("$exists", true);
  append_users("$nin", users, out);
  out.close().close();
}

// The commands that may match, and those that hold or end transactions that may.
void append_commands(const Globs& include, const CommandsWanted& wanted, Builder& out) {
  out.append("op", "c");
  const bool by_name = !wanted.all && !wanted.names.empty();
  const bool by_content = wanted.within_only || !include.empty();
  const bool by_user = !wanted.users.empty();
  if (!by_name && !by_content && !by_user) return;
  char buffer[24];
  std::size_t index = 0;
  out.open_array("$nor");
  if (by_name) append_other_commands(bson::array_key(index++, buffer), wanted.names, out);
  if (by_user) append_others_sessions(bson::array_key(index++, buffer), wanted.users, out);
  if (by_content) {
    out.open_document(bson::array_key(index, buffer));
    append_unwanted_transactions(include, wanted.within_only, out);
    out.close();
  }
  out.close();
}

bson::OwnedDocument full_filter(const Selection& selection, const Globs& include,
                                const Globs& exclude, const Paths& changed) {
  Builder out;
  auto letters = closed_list(selection);
  const bson::OwnedDocument plain = plain_conditions(selection, include, exclude, changed);
  const OpSet& ops = selection.ops;
  const bool alone = letters && letters->empty();
  // --raw takes a transaction for a command, too.
  const bool by_name =
      !ops.command && std::ranges::find(ops.commands, "applyOps") == ops.commands.end();
  const CommandsWanted wanted{alone && by_name, ops.command || ops.unknown, ops.commands,
                              selection.users};
  if (alone) {
    append_commands(wanted.within_only ? include : Globs(), wanted, out);
    return out.take();
  }
  if (letters && plain.view().empty()) {
    letters->emplace_back("c");
    append_ops(*letters, out);
    return out.take();
  }
  if (plain.view().empty()) return out.take();
  out.open_array("$or").open_document("0");
  for (const bson::Element& condition : plain.view()) out.append(condition);
  if (letters) append_ops(*letters, out);
  out.close().open_document("1");
  append_commands(include, wanted, out);
  out.close();
  return out.take();
}

// Every command but dbCheck has a `ns` that ends with `.$cmd`, and dbCheck that of its collection.
// One regular expression has to do for all patterns, or does for none.
bson::OwnedDocument ns_only_filter(const Globs& include) {
  Builder out;
  const auto globs =
      std::ranges::count_if(include, [](const NsGlob& glob) { return !glob.is_plain(); });
  if (include.empty() || globs > most_globs_in_regex) return out.take();
  std::string regex = "^(?:";
  for (const NsGlob& glob : include) {
    glob.append_regex(regex);
    regex += '|';
  }
  regex += "[^.]*\\.\\$cmd$)";
  if (regex.size() > longest_regex) return out.take();
  out.append_regex("ns", regex, "");
  return out.take();
}

}  // namespace

Result<bson::OwnedDocument> server_filter(const Selection& selection, PushdownLevel level) {
  auto include = parse_globs(selection.ns);
  if (!include) return fail(std::move(include.error()));
  auto exclude = parse_globs(selection.ns_exclude);
  if (!exclude) return fail(std::move(exclude.error()));
  const auto changed = parse_paths(selection.changed);
  if (!changed) return fail(changed.error());
  switch (level) {
    case PushdownLevel::full:
      return full_filter(selection, selective(*std::move(include)), exact_only(*std::move(exclude)),
                         *changed);
    case PushdownLevel::ns_only:
      return ns_only_filter(selective(*std::move(include)));
    case PushdownLevel::none:
      break;
  }
  return bson::OwnedDocument();
}

}  // namespace mongotail::match
