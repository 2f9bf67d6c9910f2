#include <optional>
#include <string>
#include <utility>

#include "cli/resolve.h"
#include "match/ns_glob.h"

namespace mongotail::cli {
namespace {

/// The one namespace that is selected; nullopt if there may be others.
std::optional<std::string> only_namespace(const match::Selection& selection) {
  if (selection.ns.size() != 1) return std::nullopt;
  const auto glob = match::NsGlob::parse(selection.ns.front());
  return glob ? glob->literal() : std::nullopt;
}

/// What leaves out operations on a document, or prints something else than operations.
Status check_company(const Invocation& typed, const Blame& blame) {
  const struct {
    std::string_view flag;
    bool given;
    std::string_view why;
    const char* hint;
  } others[] = {
      {"--raw", typed.raw, "prints entries as stored", "leave out one of them"},
      {"--summary", typed.summary || !typed.summary_by.empty(), "prints no operations",
       "leave out one of them"},
      {"--connect", typed.connect.has_value(), "gives only what the other mongotail selects",
       "name the server itself, with --uri"},
      {"--merge", typed.merge, "reads several sources", "follow the document in one of them"},
      {"--skip-damaged", typed.skip_damaged, "may leave out updates that count",
       "give an intact copy of the file"},
      {"--allow-gap", typed.allow_gap, "may leave out updates that count",
       "start at --since oldest"},
  };
  for (const auto& other : others) {
    if (!other.given) continue;
    return blame.contradiction(
        {"--state", other.flag},
        "--state doesn't go with " + std::string(other.flag) + ", which " + std::string(other.why),
        other.hint);
  }
  return {};
}

}  // namespace

Result<std::optional<Config::State>> resolve_state(const Invocation& typed,
                                                   const match::Selection& selection) {
  const Blame blame(typed);
  if (!typed.state) {
    if (!typed.base) return std::nullopt;
    return blame.contradiction({"--base"}, "--base is for --state", "add --state");
  }
  auto ns = only_namespace(selection);
  if (!ns || !selection.ns_exclude.empty() || !selection.id) {
    return blame.contradiction({"--state"},
                               "--state follows one document: it needs one exact --ns and one --id",
                               "such as --ns shop.orders --id 65f0c0ffee0123456789abcd");
  }
  if (typed.base && typed.files.empty()) {
    return blame.contradiction({"--base"}, "--base is for saved oplogs",
                               "name them with --file; a server is asked itself");
  }
  if (!typed.more_uris.empty()) {
    return blame.contradiction({"--state"}, "--state follows a document in one server",
                               "give one URI");
  }
  if (auto company = check_company(typed, blame); !company) return fail(company.error());
  for (const std::string& file : typed.files) {
    if (!typed.base || file != "-") continue;
    return blame.contradiction({"--base"},
                               "--base reads the oplog twice, which standard input can't be",
                               "save the input in a file");
  }
  Config::State state;
  state.subject.ns = selection.ns;
  state.subject.id = selection.id;
  state.ns = *std::move(ns);
  state.base = typed.base;
  return state;
}

}  // namespace mongotail::cli
