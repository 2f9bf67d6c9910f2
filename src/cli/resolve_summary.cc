#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/flags.h"
#include "cli/resolve.h"

namespace mongotail::cli {
namespace {

using output::SummaryKey;

Result<SummaryKey> key_of(std::string_view word) {
  if (const auto key = output::summary_key(word)) return *key;
  const Flag* flag = find_flag(Invocation::Command::tail, "--summary-by");
  std::vector<std::string> words;
  std::string_view rest = flag->words;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(' '), rest.size());
    words.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return fail(not_one_of(word, words));
}

Result<std::vector<SummaryKey>> keys_of(const Invocation::Texts& lists) {
  std::vector<SummaryKey> keys;
  for (std::string_view list : lists) {
    for (;;) {
      const auto comma = std::min(list.find(','), list.size());
      auto key = key_of(trimmed(list.substr(0, comma)));
      if (!key) return fail(std::move(key.error()));
      if (std::ranges::find(keys, *key) == keys.end()) keys.push_back(*key);
      if (comma == list.size()) break;
      list.remove_prefix(comma + 1);
    }
  }
  return keys;
}

}  // namespace

Result<std::optional<output::SummaryOptions>> resolve_summary(const Invocation& typed) {
  using Sort = output::SummaryOptions::Sort;
  static constexpr std::array<Choice<Sort>, 3> orders = {
      {{"bytes", Sort::bytes}, {"count", Sort::count}, {"key", Sort::key}}};
  const Blame blame(typed);
  output::SummaryOptions options;
  options.utc = typed.utc;
  if (typed.sort) {
    auto order = choose(*typed.sort, orders);
    if (!order) return blame.bad_value("--sort", std::move(order.error()));
    options.sort = *order;
  }
  if (!typed.summary_by.empty()) {
    auto keys = keys_of(typed.summary_by);
    if (!keys) return blame.bad_value("--summary-by", std::move(keys.error()));
    options.keys = *std::move(keys);
  } else if (!typed.summary) {
    if (!typed.sort) return std::nullopt;
    return blame.contradiction({"--sort"}, "--sort is for a summary",
                               "add --summary or --summary-by");
  }
  return options;
}

}  // namespace mongotail::cli
