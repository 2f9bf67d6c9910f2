#include "cli/resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/safe_text.h"
#include "base/suggest.h"

namespace mongotail::cli {
std::string in_quotes(std::string_view text) {
  return fmt::format("'{}'", safe_text(text));
}

Error not_one_of(std::string_view typed, std::span<const std::string> words) {
  std::string all;
  for (const std::string& word : words) {
    if (!all.empty()) all += ", ";
    all += word;
  }
  const auto meant = closest(typed, words);
  return {Cause::usage, fmt::format("{} is not one of {}", in_quotes(typed), all),
          meant ? fmt::format("did you mean {}?", *meant) : std::string()};
}

tl::unexpected<Error> Blame::of(std::string_view flag, Error error) const {
  if (typed_.from_config_file.contains(std::string(flag))) {
    error.what =
        fmt::format("--config {}: {}", safe_text(typed_.config_file.value_or("")), error.what);
  }
  return fail(std::move(error));
}

tl::unexpected<Error> Blame::bad_value(std::string_view flag, Error error) const {
  error.what = fmt::format("{}: {}", flag, error.what);
  return of(flag, std::move(error));
}

tl::unexpected<Error> Blame::bad_value(std::string_view flag, std::string what,
                                       std::string hint) const {
  return bad_value(flag, Error{Cause::usage, std::move(what), std::move(hint)});
}

tl::unexpected<Error> Blame::contradiction(std::initializer_list<std::string_view> flags,
                                           std::string what, std::string hint) const {
  const auto in_file = std::find_if(flags.begin(), flags.end(), [this](std::string_view flag) {
    return typed_.from_config_file.contains(std::string(flag));
  });
  return of(in_file == flags.end() ? "" : *in_file,
            Error{Cause::usage, std::move(what), std::move(hint)});
}

}  // namespace mongotail::cli
