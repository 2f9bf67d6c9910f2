#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/suggest.h"
#include "cli/flags.h"
#include "cli/resolve.h"
#include "match/changed.h"
#include "match/id_match.h"
#include "match/ns_glob.h"
#include "match/predicate.h"
#include "match/query_json.h"
#include "oplog/command.h"
#include "oplog/user.h"

namespace mongotail::cli {
namespace {

class SelectionResolver {
 public:
  explicit SelectionResolver(const Invocation& typed) : typed_(typed), blame_(typed) {}

  Result<match::Selection> run() {
    auto done = namespaces();
    if (done) done = operations();
    if (done) done = id();
    if (done) done = users();
    if (done) done = query();
    if (done) done = changed();
    if (done) done = selection_as_a_whole();
    if (!done) return fail(std::move(done.error()));
    return std::move(selection_);
  }

 private:
  Status namespaces() {
    const std::pair<const char*, const Invocation::Texts&> lists[] = {
        {"--ns", typed_.ns}, {"--ns-exclude", typed_.ns_exclude}};
    for (const auto& [flag, patterns] : lists) {
      for (const std::string& pattern : patterns) {
        auto parsed = match::NsGlob::parse(pattern);
        if (!parsed) return blame_.bad_value(flag, std::move(parsed.error()));
      }
    }
    selection_.ns = typed_.ns;
    selection_.ns_exclude = typed_.ns_exclude;
    selection_.internal = typed_.internal;
    return db_and_collection();
  }

  /// -d and -c are names, not patterns.
  Status db_and_collection() {
    if (typed_.collection && !typed_.db) {
      return blame_.contradiction({"--collection"}, "--collection is given without --db",
                                  "add -d and the database's name");
    }
    if (!typed_.db) return {};
    const std::string& db = *typed_.db;
    if (db.empty() || db.find('.') != std::string::npos) {
      return blame_.bad_value("--db", in_quotes(db) + " is not a database name",
                              "for a whole namespace use --ns, or -d with -c");
    }
    if (typed_.collection && typed_.collection->empty()) {
      return blame_.bad_value("--collection", "the name is empty");
    }
    std::string pattern = escape_pattern(db);
    if (typed_.collection) pattern += '.' + escape_pattern(*typed_.collection);
    auto parsed = match::NsGlob::parse(pattern);
    if (!parsed) return blame_.bad_value("--db", std::move(parsed.error()));
    selection_.ns.push_back(std::move(pattern));
    return {};
  }

  static std::string escape_pattern(std::string_view name) {
    std::string escaped;
    for (const char c : name) {
      if (c == '*' || c == '?' || c == '\\') escaped += '\\';
      escaped += c;
    }
    return escaped;
  }

  Status operations() {
    if (typed_.ops.empty()) return {};
    selection_.ops = {false, false, false, false, false, false};
    for (const std::string& list : typed_.ops) {
      std::string_view rest = list;
      for (bool more = true; more;) {
        const auto comma = rest.find(',');
        if (auto done = operation(rest.substr(0, comma)); !done) return done;
        more = comma != std::string_view::npos;
        if (more) rest.remove_prefix(comma + 1);
      }
    }
    return {};
  }

  /// A letter, a word, or a command's name.
  Status operation(std::string_view typed) {
    using Member = bool match::OpSet::*;
    static constexpr std::array<Choice<Member>, 10> words = {{{"i", &match::OpSet::insert},
                                                              {"u", &match::OpSet::update},
                                                              {"d", &match::OpSet::remove},
                                                              {"c", &match::OpSet::command},
                                                              {"n", &match::OpSet::noop},
                                                              {"insert", &match::OpSet::insert},
                                                              {"update", &match::OpSet::update},
                                                              {"delete", &match::OpSet::remove},
                                                              {"command", &match::OpSet::command},
                                                              {"noop", &match::OpSet::noop}}};
    match::OpSet& ops = selection_.ops;
    std::vector<std::string> names;
    for (const auto& [word, member] : words) {
      if (word == typed) {
        ops.*member = true;
        return {};
      }
      names.emplace_back(word);
    }
    for (const std::string_view command : oplog::command_names()) {
      if (command == typed) {
        ops.commands.emplace_back(command);
        return {};
      }
      names.emplace_back(command);
    }
    const auto meant = closest(typed, names);
    std::string words_and_commands;
    for (const char c : find_flag(Invocation::Command::tail, "--op")->words) {
      words_and_commands += c == ' ' ? std::string(", ") : std::string(1, c);
    }
    return blame_.bad_value(
        "--op",
        fmt::format("{} is not one of i, u, d, c, n, {}", in_quotes(typed), words_and_commands),
        meant ? fmt::format("did you mean {}?", *meant)
              : std::string("commands have the name that the oplog gives them"));
  }

  Status id() {
    if (!typed_.id) return {};
    auto value = match::parse_id(*typed_.id);
    if (!value) {
      Error& error = value.error();
      if (error.hint.empty()) {
        error.hint = R"(an _id is 24 hex digits, JSON such as 7 or "7", or a plain word)";
      }
      return blame_.bad_value("--id", std::move(error));
    }
    selection_.id = *std::move(value);
    return {};
  }

  Status users() {
    for (const std::string& typed : typed_.by_user) {
      const auto at = typed.rfind('@');
      if (at == 0 || typed.empty() || at == typed.size() - 1) {
        return blame_.bad_value("--by-user", in_quotes(typed) + " is not a user",
                                "write NAME or NAME@DB, such as ada@admin");
      }
      selection_.users.push_back(oplog::full_user_name(typed));
    }
    return {};
  }

  Status query() {
    if (!typed_.query) return {};
    auto document = match::parse_query_json(*typed_.query);
    if (!document) {
      Error& error = document.error();
      if (error.hint.empty()) error.hint = R"(a query is written {"o.status": "paid"})";
      return blame_.bad_value("--query", std::move(error));
    }
    selection_.query = *std::move(document);
    return {};
  }

  Status changed() {
    for (const std::string& path : typed_.changed) {
      auto parsed = match::ChangedPath::parse(path);
      if (!parsed) return blame_.bad_value("--changed", std::move(parsed.error()));
    }
    selection_.changed = typed_.changed;
    return {};
  }

  /// Each part is fine by now; what is left is what only the predicate knows: operators, limits.
  Status selection_as_a_whole() {
    auto predicate = match::Predicate::make(selection_);
    if (predicate) return {};
    return blame_.bad_value(selection_.query ? "--query" : "--ns", std::move(predicate.error()));
  }

  const Invocation& typed_;
  Blame blame_;
  match::Selection selection_;
};

}  // namespace

Result<match::Selection> resolve_selection(const Invocation& typed) {
  return SelectionResolver(typed).run();
}

}  // namespace mongotail::cli
