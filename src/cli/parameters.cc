#include "cli/parameters.h"

#include <fmt/format.h>

#include "base/suggest.h"
#include "cli/flags.h"

namespace mongotail::cli {
namespace {

const Flag* find_parameter(const std::string& name) {
  const Flag* flag = find_flag(Invocation::Command::tail, "--" + name);
  return flag != nullptr && flag->parameter ? flag : nullptr;
}

tl::unexpected<Error> unknown(const std::string& name) {
  std::vector<std::string> names;
  for (const Flag& flag : flags()) {
    if (flag.parameter) names.emplace_back(flag.name.substr(2));
  }
  const auto meant = closest(name, names);
  return usage(fmt::format("unknown parameter {}", name),
               meant ? fmt::format("did you mean {}?", *meant)
                     : fmt::format("there are {}", fmt::join(names, ", ")));
}

}  // namespace

Result<Invocation> read_parameters(std::span<const NamedValue> parameters) {
  Invocation invocation;
  for (const auto& [name, value] : parameters) {
    const Flag* flag = find_parameter(name);
    if (flag == nullptr) return unknown(name);
    if (flag->takes_value() || value.empty() || value == "true" || value == "1") {
      set(invocation, *flag, value);
    } else if (value != "false" && value != "0") {
      return usage(fmt::format("{}: '{}' is neither true nor false", name, value));
    }
  }
  return invocation;
}

}  // namespace mongotail::cli
